// Oniguruma (Ruby syntax, UTF-8) to PCRE2 with UTF and UCP. One pass over the pattern; whatever is
// not known to mean the same in both is refused. Sources: Oniguruma's doc/RE and
// doc/UNICODE_PROPERTIES, pcre2pattern(3).
#include <fmt/format.h>

#include <cctype>
#include <optional>

#include "base/text.h"
#include "runners/local/text/pattern.h"

namespace eval::runners::local {
namespace {

// \s: PCRE2 counts U+180E as a space, Unicode since 6.3 and Oniguruma do not.
constexpr std::string_view kSpaces = R"(\t-\r\x{85}\p{Z})";
// \w: PCRE2 10.42 means L, N and "_"; Oniguruma what Unicode's annex 18 says, and of Latin-1 also
// the superscripts and fractions (measured for every code point).
constexpr std::string_view kWord =
    R"(\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\x{b2}\x{b3}\x{b9}\x{bc}-\x{be})";
constexpr std::string_view kHexDigits = "0-9a-fA-F";

class Translator {
 public:
  explicit Translator(std::string_view pattern) : pattern_(pattern) {}

  Result<std::string> run() {
    while (at_ < pattern_.size()) EVAL_TRY(element());
    return std::move(out_);
  }

 private:
  bool at(std::string_view text) const { return pattern_.substr(at_).starts_with(text); }
  char peek(std::size_t ahead = 0) const {
    return at_ + ahead < pattern_.size() ? pattern_[at_ + ahead] : '\0';
  }
  void copy(std::size_t bytes) {
    out_ += pattern_.substr(at_, bytes);
    at_ += bytes;
  }
  Failure refuse(std::string_view part, std::string_view why) const {
    return fail(ErrorCode::Unsupported, fmt::format("the pattern \"{}\" uses \"{}\": {}",
                                                    shorten(pattern_, 200), part, why));
  }

  Result<void> element() {
    switch (peek()) {
      case '\\':
        return escape();
      case '[':
        return character_class();
      case '(':
        return group();
      case '{':
        return interval();
      case ']':
        out_ += "\\]";
        ++at_;
        return {};
      default:
        copy(1);
        return {};
    }
  }

  // What an escape stands for inside a class; `negated` ones cannot be listed there.
  struct Set {
    std::string_view members;
    bool negated = false;
  };
  static std::optional<Set> set_of(char letter) {
    switch (letter) {
      case 's':
        return Set{kSpaces, false};
      case 'S':
        return Set{kSpaces, true};
      case 'w':
        return Set{kWord, false};
      case 'W':
        return Set{kWord, true};
      case 'd':
        return Set{R"(\p{Nd})", false};
      case 'D':
        return Set{R"(\p{Nd})", true};
      case 'h':
        return Set{kHexDigits, false};
      case 'H':
        return Set{kHexDigits, true};
      default:
        return std::nullopt;
    }
  }

  Result<void> escape() {
    if (const auto set = set_of(peek(1))) {
      out_ += fmt::format("[{}{}]", set->negated ? "^" : "", set->members);
      at_ += 2;
      return {};
    }
    const char letter = peek(1);
    if (letter == 'A' || letter == 'z' || letter == 'Z' || letter == 'R') {
      copy(2);
      return {};
    }
    return single_character();
  }

  // Escapes of one character and properties: the same in and outside of a class.
  Result<void> single_character() {
    if (at_ + 1 >= pattern_.size()) return refuse("\\", "it ends in a backslash");
    const char letter = peek(1);
    switch (letter) {
      case 'n':
      case 'r':
      case 't':
      case 'f':
      case 'a':
      case 'e':
        copy(2);
        return {};
      case 'v':
        out_ += "\\x{0b}";
        at_ += 2;
        return {};
      case 'p':
      case 'P':
        return property();
      case 'x':
        return hexadecimal();
      case 'u':
        out_ += fmt::format("\\x{{{}}}", pattern_.substr(at_ + 2, 4));
        at_ += std::min<std::size_t>(6, pattern_.size() - at_);
        return {};
      default:
        break;
    }
    if (std::isalnum(static_cast<unsigned char>(letter)) != 0) {
      return refuse(pattern_.substr(at_, 2), "what it means here is not known to PCRE2");
    }
    if (static_cast<unsigned char>(letter) >= 0x80) ++at_;  // an escaped letter is the letter
    copy(static_cast<unsigned char>(letter) >= 0x80 ? 1 : 2);
    return {};
  }

  Result<void> hexadecimal() {
    if (peek(2) != '{') {
      copy(std::min<std::size_t>(4, pattern_.size() - at_));
      return {};
    }
    const std::size_t close = pattern_.find('}', at_);
    if (close == std::string_view::npos) return refuse("\\x{", "the brace is not closed");
    copy(close + 1 - at_);
    return {};
  }

  Result<void> property() {
    const std::size_t close = pattern_.find('}', at_);
    if (peek(2) != '{' || close == std::string_view::npos) {
      return refuse(pattern_.substr(at_, 3), "a property is written \\p{NAME}");
    }
    std::string_view name = pattern_.substr(at_ + 3, close - at_ - 3);
    const bool negated = name.starts_with('^');
    if (negated) name.remove_prefix(1);
    for (const std::string_view prefix : {"Script=", "sc="}) {
      if (name.starts_with(prefix)) name.remove_prefix(prefix.size());
    }
    for (const std::string_view prefix : {"General_Category=", "gc="}) {
      if (name.starts_with(prefix)) name.remove_prefix(prefix.size());
    }
    const bool upper = (peek(1) == 'P') != negated;
    // A plain script name means Script_Extensions to PCRE2 and Script to Oniguruma. Categories have
    // one or two letters; Alphabetic and its like are neither.
    const bool script = name.size() > 2 && name != "Any" && name != "Alphabetic" &&
                        name != "White_Space" && name != "Uppercase" && name != "Lowercase" &&
                        !name.starts_with("Emoji");
    out_ += fmt::format("\\{}{{{}{}}}", upper ? 'P' : 'p', script ? "sc:" : "", name);
    at_ = close + 1;
    return {};
  }

  Result<void> character_class() {
    ++at_;
    const bool negated = peek() == '^';
    if (negated) ++at_;
    const std::size_t outside = out_.size();
    std::vector<std::string_view> complements;
    bool first = true;
    while (at_ < pattern_.size() && (first || peek() != ']')) {
      first = false;
      if (peek() == '[') return refuse("[...[", "a class inside a class");
      if (at("&&")) return refuse("&&", "an intersection of classes");
      const auto set = peek() == '\\' ? set_of(peek(1)) : std::nullopt;
      if (set && set->negated) {
        complements.push_back(set->members);
        at_ += 2;
      } else if (set) {
        out_ += set->members;
        at_ += 2;
      } else if (peek() == '\\') {
        EVAL_TRY(single_character());
      } else if (peek() == ']') {
        out_ += "\\]";
        ++at_;
      } else {
        copy(1);
      }
    }
    if (at_ >= pattern_.size()) return refuse("[", "the class is not closed");
    ++at_;
    close_class(outside, negated, complements);
    return {};
  }

  // PCRE2 lists complements in a class only by its own \S, \W: so "[x\S]" becomes an alternative,
  // and "[^x\S]" a look-ahead.
  void close_class(std::size_t outside, bool negated,
                   const std::vector<std::string_view>& complements) {
    const std::string members = out_.substr(outside);
    out_.resize(outside);
    if (complements.empty()) {
      out_ += fmt::format("[{}{}]", negated ? "^" : "", members);
      return;
    }
    out_ += "(?:";
    for (const std::string_view set : complements) {
      out_ += negated ? fmt::format("(?=[{}])", set) : fmt::format("[^{}]|", set);
    }
    if (negated) {
      out_ += members.empty() ? "(?s:.)" : fmt::format("[^{}]", members);
    } else {
      out_ += members.empty() ? "(?!)" : fmt::format("[{}]", members);
    }
    out_ += ")";
  }

  Result<void> group() {
    if (peek(1) == '*') return refuse("(*", "a verb of PCRE2, an error in Oniguruma");
    if (peek(1) != '?') {
      // Nothing refers back to a group, so it need not capture.
      out_ += "(?:";
      ++at_;
      return {};
    }
    for (const std::string_view start :
         {"(?:", "(?=", "(?!", "(?<=", "(?<!", "(?>", "(?i:", "(?-i:"}) {
      if (at(start)) {
        copy(start.size());
        return {};
      }
    }
    // Elsewhere the two engines disagree on which alternatives it governs.
    if (at("(?i)") && at_ == 0) {
      copy(4);
      return {};
    }
    if (at("(?<") && std::isalpha(static_cast<unsigned char>(peek(3))) != 0) {
      const std::size_t close = pattern_.find('>', at_);
      if (close == std::string_view::npos) return refuse("(?<", "the name is not closed");
      out_ += "(?:";
      at_ = close + 1;
      return {};
    }
    return refuse(pattern_.substr(at_, 4), "this kind of group is not read");
  }

  Result<void> interval() {
    const std::size_t close = pattern_.find('}', at_);
    const std::string_view body =
        close == std::string_view::npos ? "" : pattern_.substr(at_ + 1, close - at_ - 1);
    const std::size_t comma = body.find(',');
    const bool numbers = body.find_first_not_of("0123456789,") == std::string_view::npos;
    if (body.empty() || body == "," || !numbers || body.find(',', comma + 1) < body.size()) {
      if (comma != std::string_view::npos && body.find(',', comma + 1) < body.size()) {
        return refuse(body, "not an interval");
      }
      out_ += "\\{";  // no interval: the character itself, in both
      ++at_;
      return {};
    }
    const char after = close + 1 < pattern_.size() ? pattern_[close + 1] : '\0';
    if (after == '+' || (after == '?' && comma == std::string_view::npos)) {
      return refuse(pattern_.substr(at_, close + 2 - at_),
                    "engines disagree on what the last character means");
    }
    out_ += fmt::format("{{{}{}}}", body.starts_with(',') ? "0" : "", body);
    at_ = close + 1;
    return {};
  }

  std::string_view pattern_;
  std::size_t at_ = 0;
  std::string out_;
};

}  // namespace

Result<std::string> translate_pattern(std::string_view pattern) {
  return Translator(pattern).run();
}

}  // namespace eval::runners::local
