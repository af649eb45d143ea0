#pragma once

#include <string_view>

#include "base/files.h"

namespace eval {

// For a file that the user named. As write_file() where `path` is a regular file or nothing; a
// symbolic link is followed, and what it names is written in this way. Anything else that exists is
// opened and written as it is, never replaced: a device, or a FIFO, whose reader is waited for.
//
// Not for folders that somebody else has filled: there write_file(), which replaces a link and so
// cannot be led elsewhere.
Result<void> write_output_file(const fs::path& path, std::string_view content);

}  // namespace eval
