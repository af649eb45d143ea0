#include "base/compression.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace eval {
namespace {

constexpr std::size_t kChunk = std::size_t{64} << 10U;
// zlib: the largest window, and 32 for "zlib or gzip, as the header says".
constexpr int kAnyHeader = 15 + 32;

struct Inflater {
  z_stream stream{};
  bool ready = false;
  Inflater() { ready = inflateInit2(&stream, kAnyHeader) == Z_OK; }
  ~Inflater() {
    if (ready) inflateEnd(&stream);
  }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
};

// By character; -1 for what is no base64.
constexpr std::array<signed char, 256> kBase64Values = [] {
  constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::array<signed char, 256> values{};
  values.fill(-1);
  for (std::size_t i = 0; i < kAlphabet.size(); ++i) {
    values[static_cast<unsigned char>(kAlphabet[i])] = static_cast<signed char>(i);
  }
  return values;
}();

}  // namespace

Result<std::string> inflate(std::string_view data, Bytes limit) {
  Inflater inflater;
  if (!inflater.ready) return fail(ErrorCode::Internal, "zlib could not be started");
  z_stream& stream = inflater.stream;
  std::string out;
  std::array<unsigned char, kChunk> buffer{};
  std::size_t taken = 0;
  int code = Z_OK;
  while (code == Z_OK) {
    if (stream.avail_in == 0) {
      // zlib counts in 32 bits.
      const std::size_t part = std::min<std::size_t>(data.size() - taken, std::size_t{1} << 30U);
      stream.next_in = reinterpret_cast<unsigned char*>(const_cast<char*>(data.data() + taken));
      stream.avail_in = static_cast<unsigned>(part);
      taken += part;
    }
    stream.next_out = buffer.data();
    stream.avail_out = static_cast<unsigned>(buffer.size());
    code = ::inflate(&stream, Z_NO_FLUSH);
    if (code != Z_OK && code != Z_STREAM_END) break;
    out.append(reinterpret_cast<const char*>(buffer.data()), buffer.size() - stream.avail_out);
    if (out.size() > limit.count) {
      return fail(ErrorCode::BadInput,
                  "the compressed data are larger than " + to_string(limit) + " when unpacked");
    }
  }
  if (code != Z_STREAM_END) {
    return fail(ErrorCode::BadInput, "the compressed data are damaged or cut short");
  }
  if (stream.avail_in > 0 || taken < data.size()) {
    return fail(ErrorCode::BadInput, "there are bytes behind the compressed data");
  }
  return out;
}

Result<std::string> decode_base64(std::string_view text) {
  const auto damaged = [] { return fail(ErrorCode::BadInput, "the text is not base64"); };
  if (text.size() % 4 != 0) return damaged();
  std::size_t padding = 0;
  while (padding < 2 && padding < text.size() && text[text.size() - 1 - padding] == '=') ++padding;
  std::string out;
  out.reserve(text.size() / 4 * 3);
  unsigned bits = 0;
  for (std::size_t i = 0; i < text.size() - padding; ++i) {
    const int value = kBase64Values[static_cast<unsigned char>(text[i])];
    if (value < 0) return damaged();
    bits = bits << 6U | static_cast<unsigned>(value);
    // Of four characters the second, third and fourth complete a byte.
    if (i % 4 == 0) continue;
    const unsigned shift = 2U * (3U - static_cast<unsigned>(i % 4));
    out.push_back(static_cast<char>(bits >> shift & 0xffU));
  }
  return out;
}

struct LineReader::State {
  explicit State(gzFile opened, std::string name) : file(opened), path(std::move(name)) {}
  ~State() { gzclose(file); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  gzFile file;
  std::string path;
  std::string buffer = std::string(kChunk, '\0');
  std::size_t at = 0;
  std::size_t end = 0;
};

LineReader::LineReader(std::unique_ptr<State> state) : state_(std::move(state)) {}
LineReader::LineReader(LineReader&&) noexcept = default;
LineReader& LineReader::operator=(LineReader&&) noexcept = default;
LineReader::~LineReader() = default;

Result<LineReader> LineReader::open(const fs::path& path) {
  errno = 0;
  const gzFile file = gzopen(path.c_str(), "rb");
  if (file == nullptr) {
    const int code = errno;
    return fail(system_error(code == ENOENT ? ErrorCode::NotFound : ErrorCode::Io,
                             "the file cannot be opened", code, path.string()));
  }
  return LineReader(std::make_unique<State>(file, path.string()));
}

Result<bool> LineReader::next(std::string& line) {
  State& state = *state_;
  line.clear();
  bool any = false;
  for (;;) {
    if (state.at == state.end) {
      const int count = gzread(state.file, state.buffer.data(), static_cast<unsigned>(kChunk));
      if (count < 0) {
        return fail(ErrorCode::BadInput, "the file is damaged or cannot be read", state.path);
      }
      if (count == 0) break;
      state.at = 0;
      state.end = static_cast<std::size_t>(count);
    }
    any = true;
    const char* const start = state.buffer.data() + state.at;
    const void* const found = std::memchr(start, '\n', state.end - state.at);
    const std::size_t length =
        found == nullptr ? state.end - state.at
                         : static_cast<std::size_t>(static_cast<const char*>(found) - start);
    line.append(start, length);
    state.at += length + (found == nullptr ? 0 : 1);
    if (line.size() > kLineMax.count) {
      return fail(ErrorCode::BadInput, "a line is longer than " + to_string(kLineMax), state.path);
    }
    if (found != nullptr) break;
  }
  // A gzip file that ends too early reads as a shorter one, unless asked.
  int code = Z_OK;
  gzerror(state.file, &code);
  if (code == Z_BUF_ERROR) return fail(ErrorCode::BadInput, "the file is cut short", state.path);
  if (line.ends_with('\r')) line.pop_back();
  return any;
}

}  // namespace eval
