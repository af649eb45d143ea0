#pragma once

#include <cstdint>

#include "base/archive.h"
#include "base/bytes.h"
#include "base/files.h"
#include "base/result.h"

namespace eval::sandbox::images {

// What one layer may hold. The largest of SWE-bench's layers have about 300,000 files and 8 GiB.
struct UnpackLimits {
  std::uint64_t members = 4'000'000;
  Bytes content = Bytes::gib(64);
};

struct UnpackOptions {
  unsigned owner = 0;  // of every file; only root can give files away, for others it is themselves
  UnpackLimits limits = {};
};

struct UnpackedLayer {
  TarDigests digests;
  std::uint64_t members = 0;
  std::uint64_t skipped = 0;  // devices, sockets and pipes
  Bytes content;              // of its files
};

// Unpacks one layer of an image into the empty folder `into`, as overlayfs wants a layer:
// - ".wh.NAME" becomes a whiteout (a character device 0:0, which every user may make), ".wh..wh..opq"
//   an opaque folder (trusted.overlay.opaque where that is allowed, and user.overlay.opaque)
// - set-id bits are dropped, devices, pipes and sockets left out, extended attributes too
// - the owner may read and write everything: the image's programs were written to run as root
// BadInput for a member that would land outside of `into`: "..", or a symbolic link on its way. An
// absolute name counts from the image's root. BadInput also beyond the limits. What has been unpacked by
// then is left for the caller to remove.
Result<UnpackedLayer> unpack_layer(const fs::path& archive, const fs::path& into,
                                   const UnpackOptions& options);

}  // namespace eval::sandbox::images
