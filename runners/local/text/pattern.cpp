#define PCRE2_CODE_UNIT_WIDTH 8
#include "runners/local/text/pattern.h"

#include <fmt/format.h>
#include <pcre2.h>

#include <array>
#include <ctime>

#include "base/check.h"
#include "base/text.h"
#include "runners/local/text/unicode.h"

namespace eval::runners::local {
namespace {

constexpr std::size_t kPatternBytesMax = 64 << 10;
// Of the interpreter, which only takes over where the compiled code runs out of its stack.
constexpr unsigned kHeapKibMax = 64 << 10;
// How many matches may pass between two looks at the clock.
constexpr int kMatchesPerLook = 256;

template <auto Free>
struct Deleter {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};
using CompileContext = std::unique_ptr<pcre2_compile_context, Deleter<pcre2_compile_context_free>>;
using MatchContext = std::unique_ptr<pcre2_match_context, Deleter<pcre2_match_context_free>>;
using MatchData = std::unique_ptr<pcre2_match_data, Deleter<pcre2_match_data_free>>;
using CompiledCode = std::unique_ptr<pcre2_code, Deleter<pcre2_code_free>>;

std::string message_of(int code) {
  std::array<PCRE2_UCHAR, 256> buffer{};
  if (pcre2_get_error_message(code, buffer.data(), buffer.size()) < 0) return "unknown error";
  return reinterpret_cast<const char*>(buffer.data());
}

double thread_cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

Failure too_expensive(std::string_view source) {
  return fail(ErrorCode::BadInput,
              fmt::format("the tokenizer's pattern \"{}\" takes too long to match this text",
                          shorten(source, 120)));
}

}  // namespace

struct Pattern::Code {
  CompiledCode code;
  MatchContext limits;  // read only once it is built
  std::string source;

  int match(std::string_view text, std::size_t offset, pcre2_match_data* data) const {
    const auto* subject = reinterpret_cast<PCRE2_SPTR>(text.data());
    int matched = pcre2_match(code.get(), subject, text.size(), offset, PCRE2_NO_UTF_CHECK, data,
                              limits.get());
    if (matched == PCRE2_ERROR_JIT_STACKLIMIT) {
      // Compiled code has 32 KiB of stack; the interpreter takes the heap.
      matched = pcre2_match(code.get(), subject, text.size(), offset,
                            PCRE2_NO_UTF_CHECK | PCRE2_NO_JIT, data, limits.get());
    }
    return matched;
  }
};

namespace {

Result<CompiledCode> compile_code(std::string_view translated, std::string_view source,
                                  unsigned more_options) {
  const CompileContext context(pcre2_compile_context_create(nullptr));
  EVAL_CHECK(context != nullptr);
  pcre2_set_newline(context.get(), PCRE2_NEWLINE_LF);
  pcre2_set_bsr(context.get(), PCRE2_BSR_UNICODE);
  int error = 0;
  std::size_t at = 0;
  CompiledCode code(pcre2_compile(
      reinterpret_cast<PCRE2_SPTR>(translated.data()), translated.size(),
      PCRE2_UTF | PCRE2_UCP | PCRE2_MULTILINE | PCRE2_NEVER_BACKSLASH_C | more_options, &error, &at,
      context.get()));
  if (code == nullptr) {
    return fail(ErrorCode::BadInput,
                fmt::format("the pattern \"{}\" cannot be used: {} (near \"{}\")",
                            shorten(source, 200), message_of(error),
                            shorten(translated.substr(std::min(at, translated.size())), 40)));
  }
  // Without memory for machine code the interpreter does the same, slower.
  pcre2_jit_compile(code.get(), PCRE2_JIT_COMPLETE);
  return code;
}

}  // namespace

Result<Pattern> Pattern::compile(std::string_view oniguruma_pattern) {
  if (oniguruma_pattern.size() > kPatternBytesMax) {
    return fail(ErrorCode::BadInput, fmt::format("a pattern of {} bytes is above the limit of {}",
                                                 oniguruma_pattern.size(), kPatternBytesMax));
  }
  const std::string translated = EVAL_TRY(translate_pattern(oniguruma_pattern));
  auto made = std::make_shared<Code>();
  made->code = EVAL_TRY(compile_code(translated, oniguruma_pattern, 0));
  made->source = oniguruma_pattern;
  made->limits.reset(pcre2_match_context_create(nullptr));
  EVAL_CHECK(made->limits != nullptr);
  pcre2_set_match_limit(made->limits.get(), kMatchStepsMax);
  pcre2_set_heap_limit(made->limits.get(), kHeapKibMax);
  return Pattern(std::move(made));
}

Result<Pattern> Pattern::literal(std::string_view text) {
  if (text.empty()) return fail(ErrorCode::BadInput, "a pattern is an empty text");
  std::string escaped;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = byte >= 0x80 || std::isalnum(byte) != 0;
    if (byte < 0x20 || byte == 0x7f) {
      escaped += fmt::format("\\x{:02x}", byte);
    } else {
      if (!plain) escaped += '\\';
      escaped += c;
    }
  }
  return compile(escaped);
}

Result<void> Pattern::find_all(std::string_view text, std::vector<TextRange>& matches) const {
  const MatchData data(pcre2_match_data_create(1, nullptr));
  EVAL_CHECK(data != nullptr);
  const std::size_t* bounds = pcre2_get_ovector_pointer(data.get());
  std::size_t offset = 0;
  int until_look = kMatchesPerLook;
  double started = -1;
  while (offset <= text.size()) {
    const int matched = code_->match(text, offset, data.get());
    if (matched == PCRE2_ERROR_NOMATCH) return {};
    if (matched == PCRE2_ERROR_MATCHLIMIT || matched == PCRE2_ERROR_HEAPLIMIT) {
      return too_expensive(code_->source);
    }
    if (matched < 0) {
      return fail(ErrorCode::Internal, fmt::format("the pattern \"{}\" cannot be matched: {}",
                                                   code_->source, message_of(matched)));
    }
    const TextRange found{bounds[0], bounds[1]};
    matches.push_back(found);
    offset = found.end;
    if (found.begin == found.end) {
      if (offset == text.size()) return {};
      offset += read_utf8(text.substr(offset)).bytes;
    }
    if (--until_look == 0) {
      until_look = kMatchesPerLook;
      if (started < 0) started = thread_cpu_seconds();
      if (thread_cpu_seconds() - started > kMatchSecondsMax) return too_expensive(code_->source);
    }
  }
  return {};
}

WordCharacters WordCharacters::create() {
  auto pattern = Pattern::compile(fmt::format("[{}]", kRustWordMembers));
  EVAL_CHECK(pattern.has_value());
  return WordCharacters(std::move(*pattern));
}

bool WordCharacters::starts_with(std::string_view text) const {
  if (text.empty()) return false;
  std::vector<TextRange> matches;
  const auto found = pattern_.find_all(text.substr(0, read_utf8(text).bytes), matches);
  return found.has_value() && !matches.empty();
}

bool WordCharacters::ends_with(std::string_view text) const {
  if (text.empty()) return false;
  std::size_t start = text.size() - 1;
  while (start > 0 && (static_cast<unsigned char>(text[start]) & 0xc0U) == 0x80) --start;
  return starts_with(text.substr(start));
}

}  // namespace eval::runners::local
