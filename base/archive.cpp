#include "base/archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <locale.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <vector>

#include "base/hash.h"
#include "base/unique_fd.h"

// Theory of operation. Two readers of libarchive in a row: the outer one only unpacks, and the inner one
// takes what it gives for a plain tar. So the bytes pass by twice where they can be hashed, as the file has
// them and as the tar has them, and nothing is unpacked a second time for that.
namespace eval {
namespace {

constexpr std::size_t kBlock = 256 * 1024;

struct ReadDeleter {
  void operator()(archive* reader) const { archive_read_free(reader); }
};
using Reader = std::unique_ptr<archive, ReadDeleter>;

// Names in pax headers are UTF-8, which libarchive converts to the thread's locale; in "C" every letter
// beyond ASCII would become a question mark.
class Utf8Locale {
 public:
  Utf8Locale()
      : locale_(newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr)),
        before_(locale_ == nullptr ? nullptr : uselocale(locale_)) {}
  Utf8Locale(const Utf8Locale&) = delete;
  Utf8Locale& operator=(const Utf8Locale&) = delete;
  ~Utf8Locale() {
    if (locale_ == nullptr) return;
    uselocale(before_);
    freelocale(locale_);
  }

 private:
  locale_t locale_;
  locale_t before_;
};

TarKind kind_of(archive_entry* entry) {
  if (archive_entry_hardlink(entry) != nullptr) return TarKind::HardLink;
  switch (archive_entry_filetype(entry)) {
    case AE_IFREG:
      return TarKind::File;
    case AE_IFDIR:
      return TarKind::Folder;
    case AE_IFLNK:
      return TarKind::SymbolicLink;
    case AE_IFCHR:
    case AE_IFBLK:
      return TarKind::Device;
    default:
      return TarKind::Other;
  }
}

std::string text_or_empty(const char* text) {
  return text == nullptr ? std::string() : std::string(text);
}

}  // namespace

struct TarReader::State {
  fs::path path;
  UniqueFd file;
  std::vector<char> packed = std::vector<char>(kBlock);
  std::vector<char> unpacked = std::vector<char>(kBlock);
  Sha256 file_hash;
  Sha256 content_hash;
  bool outer_ended = false;
  std::uint64_t left = 0;  // of the content of the member at hand
  Reader outer;
  Reader inner;  // reads from outer: goes first

  static la_ssize_t read_file(archive* reader, void* self, const void** block) {
    State& state = *static_cast<State*>(self);
    ssize_t got = 0;
    do {
      got = ::read(state.file.value(), state.packed.data(), state.packed.size());
    } while (got < 0 && errno == EINTR);
    if (got < 0) {
      archive_set_error(reader, errno, "the file cannot be read");
      return -1;
    }
    state.file_hash.add({state.packed.data(), static_cast<std::size_t>(got)});
    *block = state.packed.data();
    return got;
  }

  static la_ssize_t read_outer(archive* reader, void* self, const void** block) {
    State& state = *static_cast<State*>(self);
    *block = state.unpacked.data();
    if (state.outer_ended) return 0;
    const la_ssize_t got =
        archive_read_data(state.outer.get(), state.unpacked.data(), state.unpacked.size());
    if (got < 0) {
      archive_set_error(reader, archive_errno(state.outer.get()), "%s",
                        archive_error_string(state.outer.get()));
      return -1;
    }
    if (got == 0) state.outer_ended = true;
    state.content_hash.add({state.unpacked.data(), static_cast<std::size_t>(got)});
    return got;
  }

  Failure damaged(archive* reader) const {
    const char* text = archive_error_string(reader);
    return fail(
        ErrorCode::BadInput,
        fmt::format("an archive is damaged: {}", text == nullptr ? "no reason given" : text),
        path.string());
  }
};

TarReader::TarReader(std::unique_ptr<State> state) : state_(std::move(state)) {}
TarReader::TarReader(TarReader&&) noexcept = default;
TarReader& TarReader::operator=(TarReader&&) noexcept = default;
TarReader::~TarReader() = default;

Result<TarReader> TarReader::open(const fs::path& path) {
  auto state = std::make_unique<State>();
  state->path = path;
  state->file.reset(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!state->file.valid()) {
    const ErrorCode code = errno == ENOENT ? ErrorCode::NotFound : ErrorCode::Io;
    return fail(system_error(code, "an archive cannot be opened", errno, path.string()));
  }
  state->outer.reset(archive_read_new());
  state->inner.reset(archive_read_new());
  archive* outer = state->outer.get();
  archive* inner = state->inner.get();
  if (outer == nullptr || inner == nullptr)
    return fail(ErrorCode::Internal, "libarchive gives no reader");
  archive_read_support_filter_gzip(outer);
  archive_read_support_filter_zstd(outer);
  archive_read_support_filter_bzip2(outer);
  archive_read_support_filter_xz(outer);
  archive_read_support_format_raw(outer);
  archive_entry* whole = nullptr;
  if (archive_read_open(outer, state.get(), nullptr, State::read_file, nullptr) != ARCHIVE_OK ||
      archive_read_next_header(outer, &whole) != ARCHIVE_OK) {
    return state->damaged(outer);
  }
  archive_read_support_format_tar(inner);
  // An archive without members is nothing but zeros, or nothing at all.
  archive_read_support_format_empty(inner);
  if (archive_read_open(inner, state.get(), nullptr, State::read_outer, nullptr) != ARCHIVE_OK)
    return state->damaged(inner);
  return TarReader(std::move(state));
}

Result<std::optional<TarMember>> TarReader::next() {
  const Utf8Locale locale;
  archive_entry* entry = nullptr;
  const int status = archive_read_next_header(state_->inner.get(), &entry);
  // Some writers (umoci 0.4) stop after the last byte of the last file, without padding and end mark.
  const bool ends_early = status == ARCHIVE_FATAL && state_->outer_ended && state_->left == 0;
  if (status == ARCHIVE_EOF || ends_early) return std::nullopt;
  // A warning is about a name that is not in this locale's character set; the bytes are what they are.
  if (status != ARCHIVE_OK && status != ARCHIVE_WARN) return state_->damaged(state_->inner.get());
  TarMember member;
  member.path = text_or_empty(archive_entry_pathname(entry));
  member.kind = kind_of(entry);
  member.mode = archive_entry_perm(entry);
  member.modified_s = archive_entry_mtime(entry);
  member.modified_ns = static_cast<std::uint32_t>(archive_entry_mtime_nsec(entry));
  member.size.count =
      static_cast<std::uint64_t>(std::max<la_int64_t>(0, archive_entry_size(entry)));
  state_->left = member.size.count;
  member.target = member.kind == TarKind::HardLink ? text_or_empty(archive_entry_hardlink(entry))
                                                   : text_or_empty(archive_entry_symlink(entry));
  return member;
}

Result<std::size_t> TarReader::read(std::span<char> buffer) {
  // Never beyond the content: what follows may be missing, and libarchive would then keep the content too.
  const std::size_t wanted = std::min<std::size_t>(buffer.size(), state_->left);
  if (wanted == 0) return 0;
  const la_ssize_t got = archive_read_data(state_->inner.get(), buffer.data(), wanted);
  if (got < 0) return state_->damaged(state_->inner.get());
  state_->left -= std::min(state_->left, static_cast<std::uint64_t>(got));
  return static_cast<std::size_t>(got);
}

Result<TarDigests> TarReader::finish() {
  for (;;) {
    const void* block = nullptr;
    const la_ssize_t got = State::read_outer(state_->outer.get(), state_.get(), &block);
    if (got < 0) return state_->damaged(state_->outer.get());
    if (got == 0) break;
  }
  // What follows a compressed stream belongs to the file all the same.
  for (;;) {
    const void* block = nullptr;
    const la_ssize_t got = State::read_file(state_->outer.get(), state_.get(), &block);
    if (got < 0) return state_->damaged(state_->outer.get());
    if (got == 0) break;
  }
  return TarDigests{state_->file_hash.hex(), state_->content_hash.hex()};
}

}  // namespace eval
