#include "judges/answer/tokens.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

#include "base/text.h"

namespace eval::judges::answer {
namespace {

constexpr std::size_t kTokensMax = 2000;

constexpr std::pair<std::string_view, char> kCommands[] = {
    {"frac", 'F'},   {"dfrac", 'F'},  {"tfrac", 'F'}, {"cfrac", 'F'},  {"binom", 'B'},
    {"dbinom", 'B'}, {"tbinom", 'B'}, {"sqrt", 'S'},  {"cdot", '*'},   {"times", '*'},
    {"div", '/'},    {"infty", 'I'},  {"pm", 'p'},    {"cup", 'U'},    {"lfloor", 'L'},
    {"rfloor", 'R'}, {"lceil", 'l'},  {"rceil", 'r'}, {"lbrace", '<'}, {"rbrace", '>'},
    {"vert", '|'},   {"lvert", '|'},  {"rvert", '|'}, {"lbrack", '['}, {"rbrack", ']'},
};
constexpr std::array<std::string_view, 20> kFunctions = {
    "sin",  "cos",  "tan", "cot", "sec", "csc", "arcsin", "arccos", "arctan", "sinh",
    "cosh", "tanh", "log", "ln",  "exp", "max", "min",    "gcd",    "lcm",    "sqrt"};
constexpr std::array<std::string_view, 30> kGreek = {
    "pi",    "alpha", "beta",  "gamma",   "delta",    "epsilon", "varepsilon", "zeta",
    "eta",   "theta", "iota",  "kappa",   "lambda",   "mu",      "nu",         "xi",
    "rho",   "sigma", "tau",   "upsilon", "phi",      "varphi",  "chi",        "psi",
    "omega", "ell",   "Delta", "Omega",   "vartheta", "Phi"};
// Spacing and size: nothing of the answer.
constexpr std::array<std::string_view, 16> kIgnored = {
    "left", "right", "displaystyle", "textstyle", "quad", "qquad", "big",  "Big",
    "bigl", "bigr",  "Bigl",         "Bigr",      "bigg", "Bigg",  "circ", "limits"};
constexpr std::array<std::string_view, 12> kUnits = {"cm",   "m",       "km",     "units",
                                                     "unit", "degrees", "degree", "square units",
                                                     "cm^2", "m^2",     "cm²",    "dollars"};
// Two letters that are words before they are a product.
constexpr std::array<std::string_view, 12> kShortWords = {"is", "if", "in", "of", "no", "to",
                                                          "at", "by", "as", "we", "be", "it"};

template <class Range>
bool has(const Range& range, std::string_view value) {
  return std::ranges::find(range, value) != range.end();
}

bool is_letter(char c) {
  return std::isalpha(static_cast<unsigned char>(c)) != 0;
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

class Tokeniser {
 public:
  explicit Tokeniser(std::string_view text) : text_(text) {}

  std::optional<std::vector<Token>> run() {
    while (at_ < text_.size() && tokens_.size() < kTokensMax) {
      if (!step()) return std::nullopt;
    }
    if (tokens_.empty() || tokens_.size() >= kTokensMax) return std::nullopt;
    return std::move(tokens_);
  }

 private:
  void put(char kind, std::string text = {}) { tokens_.push_back({kind, std::move(text)}); }

  bool step() {
    const char c = text_[at_];
    if (std::isspace(static_cast<unsigned char>(c)) != 0 || c == '$' || c == '~') {
      ++at_;
      return true;
    }
    if (c == '\\') return command();
    if (is_digit(c) || (c == '.' && at_ + 1 < text_.size() && is_digit(text_[at_ + 1]))) {
      return number();
    }
    if (is_letter(c)) return letters();
    return sign();
  }

  bool number() {
    const std::size_t start = at_;
    while (at_ < text_.size() && is_digit(text_[at_])) ++at_;
    const bool has_fraction =
        at_ + 1 < text_.size() && text_[at_] == '.' && is_digit(text_[at_ + 1]);
    if (has_fraction) {
      ++at_;
      while (at_ < text_.size() && is_digit(text_[at_])) ++at_;
    }
    std::string digits(text_.substr(start, at_ - start));
    // "2{,}025": LaTeX's way to write a thousands separator.
    while (text_.substr(at_).starts_with("{,}") && at_ + 3 < text_.size() &&
           is_digit(text_[at_ + 3])) {
      at_ += 3;
      while (at_ < text_.size() && is_digit(text_[at_])) digits += text_[at_++];
    }
    put('0', std::move(digits));
    return true;
  }

  bool letters() {
    const std::size_t start = at_;
    while (at_ < text_.size() && is_letter(text_[at_])) ++at_;
    return word(text_.substr(start, at_ - start));
  }

  bool word(std::string_view word) {
    if (word == "and" || word == "or") {
      put('w');
      return true;
    }
    if (word == "sqrt") {
      put('S');
      return true;
    }
    if (word == "pi" || word == "infty" || word == "infinity") {
      word == "pi" ? put('x', "pi") : put('I');
      return true;
    }
    if (has(kFunctions, word)) {
      put('f', std::string(word));
      return true;
    }
    if (word.size() > 2 || has(kShortWords, word)) return false;
    for (const char c : word) put('x', std::string(1, c));
    return true;
  }

  // The braces behind \text and its kin.
  std::optional<std::string_view> braced() {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
    if (at_ >= text_.size() || text_[at_] != '{') return std::nullopt;
    const std::size_t end = text_.find('}', at_);
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view content = text_.substr(at_ + 1, end - at_ - 1);
    at_ = end + 1;
    return content;
  }

  bool command() {
    ++at_;
    if (at_ >= text_.size()) return false;
    const char c = text_[at_];
    if (!is_letter(c)) {
      ++at_;
      if (c == '{') put('<');
      if (c == '}') put('>');
      if (c == '|') put('|');
      if (c == '%') {
        put('/');
        put('0', "100");
      }
      constexpr std::string_view kAllowed = "{}|%,;:! ()[]";
      return kAllowed.find(c) != std::string_view::npos;
    }
    const std::size_t start = at_;
    while (at_ < text_.size() && is_letter(text_[at_])) ++at_;
    const std::string_view name = text_.substr(start, at_ - start);
    if (has(kIgnored, name)) {
      if (name == "circ" && !tokens_.empty() && tokens_.back().kind == '^') tokens_.pop_back();
      return true;
    }
    if (name == "text" || name == "mathrm" || name == "operatorname" || name == "textbf" ||
        name == "mbox") {
      const auto content = braced();
      if (!content) return false;
      const std::string_view inner = trim(*content);
      return inner.empty() || has(kUnits, inner) || word(inner);
    }
    for (const auto& [known, kind] : kCommands) {
      if (known != name) continue;
      put(kind);
      return true;
    }
    if (has(kGreek, name)) {
      put('x', std::string(name));
      return true;
    }
    if (!has(kFunctions, name)) return false;
    put('f', std::string(name));
    return true;
  }

  bool sign() {
    constexpr std::pair<std::string_view, char> kUnicode[] = {
        {"\xC2\xB1", 'p'},     {"\xCF\x80", 'x'},     {"\xE2\x88\x9E", 'I'}, {"\xE2\x88\x9A", 'S'},
        {"\xE2\x88\x92", '-'}, {"\xE2\x80\x93", '-'}, {"\xC3\x97", '*'},     {"\xC2\xB7", '*'},
        {"\xE2\x88\xAA", 'U'}, {"\xC2\xB0", ' '}};
    for (const auto& [bytes, kind] : kUnicode) {
      if (!text_.substr(at_).starts_with(bytes)) continue;
      at_ += bytes.size();
      if (kind != ' ') put(kind, kind == 'x' ? "pi" : "");
      return true;
    }
    const char c = text_[at_++];
    if (c == '.' && trim(text_.substr(at_)).find_first_not_of("$.") == std::string_view::npos) {
      return true;  // the full stop behind the answer
    }
    if (c == ';') {
      put(',');
      return true;
    }
    constexpr std::string_view kPlain = "+-*/^_!()[]{},=|";
    if (kPlain.find(c) == std::string_view::npos) return false;
    put(c);
    return true;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::vector<Token> tokens_;
};

}  // namespace

std::optional<std::vector<Token>> tokenise(std::string_view text) {
  return Tokeniser(text).run();
}

}  // namespace eval::judges::answer
