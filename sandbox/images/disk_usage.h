#pragma once

#include "base/bytes.h"
#include "base/files.h"
#include "base/result.h"

namespace eval::sandbox::images {

// Blocks in use by `path` and everything below it, as `du -s --block-size=1 PATH` counts them: a file
// with several links once, folders too, no link followed.
Result<Bytes> disk_usage(const fs::path& path);

// What is free for us on the file system of `path`, which has to exist.
Result<Bytes> disk_free(const fs::path& path);

}  // namespace eval::sandbox::images
