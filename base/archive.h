#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "base/bytes.h"
#include "base/files.h"
#include "base/result.h"

// libarchive, wrapped: reads tar files, plain or compressed.
namespace eval {

enum class TarKind { File, Folder, SymbolicLink, HardLink, Device, Other };

// What the archive says about one member. Nothing of it is checked: a path may be absolute or hold "..".
struct TarMember {
  std::string path;
  TarKind kind = TarKind::Other;
  unsigned mode = 0;  // permission bits, set-id bits included
  std::int64_t modified_s = 0;
  std::uint32_t modified_ns = 0;
  Bytes size;          // of a file's content, as announced
  std::string target;  // of a link
};

// Both digests of an archive, as lower-case hex SHA-256.
struct TarDigests {
  std::string file;     // of the file as it is
  std::string content;  // of the tar within
  friend bool operator==(const TarDigests&, const TarDigests&) = default;
};

// Members of a tar file one after the other: ustar, pax and GNU forms, under gzip, zstd, bzip2, xz or
// nothing (told from the content). Memory use does not depend on its size. Move-only.
class TarReader {
 public:
  static Result<TarReader> open(const fs::path& path);
  TarReader(TarReader&&) noexcept;
  TarReader& operator=(TarReader&&) noexcept;
  ~TarReader();

  // nullopt after the last member, with or without an end mark. BadInput for a damaged archive.
  Result<std::optional<TarMember>> next();

  // Content of the member that next() returned; 0 at its end.
  Result<std::size_t> read(std::span<char> buffer);

  // Reads what is left, whatever it is, for the digests of the whole.
  Result<TarDigests> finish();

 private:
  struct State;
  explicit TarReader(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace eval
