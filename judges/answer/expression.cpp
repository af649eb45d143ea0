#include "judges/answer/expression.h"

#include <algorithm>
#include <utility>

#include "judges/answer/tokens.h"

// Theory of operation. parse_answer splits the tokens at commas and words outside all brackets, looks
// at the form of each item (set, tuple, interval, definition), and reads what is left as an expression
// by recursive descent: sum, product (explicit or implied), power, factor. Every parser returns null
// for what it cannot read, and nothing is ever guessed.
namespace eval::judges::answer {
namespace {

constexpr int kDepthMax = 64;

using Tokens = std::vector<Token>;
using Span = std::pair<std::size_t, std::size_t>;  // [first, second)

NodePtr node(Node::Kind kind, std::string text, std::vector<NodePtr> children = {}) {
  for (const NodePtr& child : children) {
    if (child == nullptr) return nullptr;
  }
  return std::make_shared<const Node>(Node{kind, std::move(text), std::move(children)});
}

bool opens(char kind) {
  return kind == '(' || kind == '[' || kind == '{' || kind == '<' || kind == 'L' || kind == 'l';
}
bool closes(char kind) {
  return kind == ')' || kind == ']' || kind == '}' || kind == '>' || kind == 'R' || kind == 'r';
}

class ExpressionParser {
 public:
  ExpressionParser(const Tokens& tokens, Span span)
      : tokens_(tokens), at_(span.first), end_(span.second) {}

  NodePtr whole() {
    NodePtr result = sum();
    return at_ == end_ ? result : nullptr;
  }

 private:
  char peek() const { return at_ < end_ ? tokens_[at_].kind : '\0'; }
  bool take(char kind) {
    if (peek() != kind) return false;
    ++at_;
    return true;
  }

  NodePtr sum() {
    if (++depth_ > kDepthMax) return nullptr;
    NodePtr left = take('-') ? node(Node::Kind::Negate, "", {product()}) : (take('+'), product());
    while (left != nullptr && (peek() == '+' || peek() == '-')) {
      const bool minus = take('-');
      if (!minus) take('+');
      NodePtr right = product();
      if (minus) right = node(Node::Kind::Negate, "", {right});
      left = node(Node::Kind::Add, "", {left, right});
    }
    --depth_;
    return left;
  }

  bool starts_factor() const {
    constexpr std::string_view kStarts = "0xfFBS(<[{LlI";
    return at_ < end_ && kStarts.find(peek()) != std::string_view::npos;
  }

  NodePtr product() {
    NodePtr left = signed_power();
    while (left != nullptr) {
      if (take('*')) {
        left = node(Node::Kind::Multiply, "", {left, signed_power()});
      } else if (take('/')) {
        left = node(Node::Kind::Divide, "", {left, signed_power()});
      } else if (starts_factor() && (peek() != '0' || closes(tokens_[at_ - 1].kind))) {
        // Implied: 2x, ab, (x+1)2. Two numbers side by side are a mistake, not a product.
        left = node(Node::Kind::Multiply, "", {left, power()});
      } else {
        return left;
      }
    }
    return left;
  }

  NodePtr signed_power() {
    if (take('-')) return node(Node::Kind::Negate, "", {power()});
    return power();
  }

  NodePtr power() {
    NodePtr base = factor();
    while (base != nullptr) {
      if (take('!')) {
        base = node(Node::Kind::Call, "factorial", {base});
      } else if (take('^')) {
        base = node(Node::Kind::Power, "", {base, script()});
      } else {
        return base;
      }
    }
    return base;
  }

  // What ^ or _ raises or lowers: a group, or one token ("2^10" is LaTeX's 2^1 0, but in plain text
  // the whole number is meant).
  NodePtr script() {
    if (take('-')) return node(Node::Kind::Negate, "", {script()});
    if (peek() == '{') return group('{', '}');
    if (peek() == '(') return group('(', ')');
    if (peek() == '0' || peek() == 'x') return factor();
    return nullptr;
  }

  NodePtr group(char open, char close) {
    if (!take(open)) return nullptr;
    NodePtr inner = sum();
    return inner != nullptr && take(close) ? inner : nullptr;
  }

  // The argument of \frac, \sqrt: a group or one digit or letter ("\frac12").
  NodePtr argument() {
    if (peek() == '{') return group('{', '}');
    if (peek() == '(') return group('(', ')');
    if (peek() == 'x' || peek() == '0') return factor();
    return nullptr;
  }

  NodePtr fraction(bool is_binomial) {
    // "\frac12" comes as one number of two digits.
    if (peek() == '0' && tokens_[at_].text.size() == 2) {
      const std::string digits = tokens_[at_++].text;
      return fraction_of(node(Node::Kind::Number, digits.substr(0, 1)),
                         node(Node::Kind::Number, digits.substr(1)), is_binomial);
    }
    NodePtr upper = argument();
    return fraction_of(upper, argument(), is_binomial);
  }

  static NodePtr fraction_of(NodePtr upper, NodePtr lower, bool is_binomial) {
    return is_binomial ? node(Node::Kind::Call, "binom", {std::move(upper), std::move(lower)})
                       : node(Node::Kind::Divide, "", {std::move(upper), std::move(lower)});
  }

  NodePtr root() {
    NodePtr degree;
    if (peek() == '[') {
      degree = group('[', ']');
      if (degree == nullptr) return nullptr;
    }
    NodePtr inner = argument();
    if (degree == nullptr) return node(Node::Kind::Call, "sqrt", {inner});
    return node(Node::Kind::Call, "root", {inner, degree});
  }

  NodePtr variable() {
    std::string name = tokens_[at_++].text;
    if (!take('_')) return node(Node::Kind::Variable, std::move(name));
    // x_1, x_{12}: part of the name.
    const bool braced = take('{');
    if (peek() != '0' && peek() != 'x') return nullptr;
    name += "_" + tokens_[at_++].text;
    if (braced && !take('}')) return nullptr;
    return node(Node::Kind::Variable, std::move(name));
  }

  NodePtr function() {
    std::string name = tokens_[at_++].text;
    NodePtr exponent;
    if (name == "log" && take('_')) {
      NodePtr base = script();
      return node(Node::Kind::Call, "log_base", {function_argument(), base});
    }
    if (take('^')) {
      exponent = script();
      if (exponent == nullptr) return nullptr;
    }
    NodePtr call = node(Node::Kind::Call, std::move(name), function_arguments());
    if (call != nullptr && call->children.empty()) return nullptr;
    return exponent == nullptr ? call : node(Node::Kind::Power, "", {call, exponent});
  }

  NodePtr function_argument() {
    if (peek() == '(') return group('(', ')');
    if (peek() == '{') return group('{', '}');
    // "\sin 2x": up to the next sum or division.
    NodePtr first = power();
    while (first != nullptr && (peek() == 'x' || peek() == '0')) {
      first = node(Node::Kind::Multiply, "", {first, power()});
    }
    return first;
  }

  std::vector<NodePtr> function_arguments() {
    if (peek() != '(') return {function_argument()};
    ++at_;
    std::vector<NodePtr> list;
    do {
      list.push_back(sum());
      if (list.back() == nullptr) return {nullptr};
    } while (take(','));
    if (!take(')')) return {nullptr};
    return list;
  }

  NodePtr factor() {
    switch (peek()) {
      case '0':
        return node(Node::Kind::Number, tokens_[at_++].text);
      case 'x':
        return variable();
      case 'f':
        return function();
      case 'F':
      case 'B': {
        const bool is_binomial = take('B');
        if (!is_binomial) take('F');
        return fraction(is_binomial);
      }
      case 'S':
        ++at_;
        return root();
      case '(':
        return group('(', ')');
      case '[':
        return group('[', ']');
      case '{':
        return group('{', '}');
      case 'L':
        return call("floor", group('L', 'R'));
      case 'l':
        return call("ceil", group('l', 'r'));
      case '|':
        return call("abs", group('|', '|'));
      default:
        return nullptr;
    }
  }

  static NodePtr call(std::string name, NodePtr inner) {
    return node(Node::Kind::Call, std::move(name), {std::move(inner)});
  }

  const Tokens& tokens_;
  std::size_t at_;
  const std::size_t end_;
  int depth_ = 0;
};

// Positions of `wanted` kinds outside all brackets.
std::vector<std::size_t> outside(const Tokens& tokens, Span span, std::string_view wanted) {
  std::vector<std::size_t> found;
  int depth = 0;
  for (std::size_t i = span.first; i < span.second; ++i) {
    if (closes(tokens[i].kind)) --depth;
    if (depth == 0 && wanted.find(tokens[i].kind) != std::string_view::npos) found.push_back(i);
    if (opens(tokens[i].kind)) ++depth;
  }
  return found;
}

std::vector<Span> split_at(Span span, const std::vector<std::size_t>& positions) {
  std::vector<Span> parts;
  std::size_t start = span.first;
  for (const std::size_t at : positions) {
    if (at > start) parts.emplace_back(start, at);
    start = at + 1;
  }
  if (start < span.second) parts.emplace_back(start, span.second);
  return parts;
}

class AnswerParser {
 public:
  explicit AnswerParser(Tokens tokens) : tokens_(std::move(tokens)) {}

  std::optional<FinalAnswer> whole() { return list({0, tokens_.size()}); }

 private:
  std::optional<FinalAnswer> list(Span span) {
    // "a, b and c", "a, and b": commas and words are the same.
    const std::vector<Span> parts = split_at(span, outside(tokens_, span, ",w"));
    if (parts.empty()) return std::nullopt;
    if (parts.size() == 1) return item(parts.front());
    return many(FinalAnswer::Kind::List, parts);
  }

  std::optional<FinalAnswer> many(FinalAnswer::Kind kind, const std::vector<Span>& parts) {
    FinalAnswer answer;
    answer.kind = kind;
    for (const Span& part : parts) {
      auto element = item(part);
      if (!element) return std::nullopt;
      answer.elements.push_back(*std::move(element));
    }
    return answer;
  }

  // Whether one pair of brackets encloses the whole of `span`.
  bool is_enclosed(Span span) const {
    if (span.second - span.first < 2 || !opens(tokens_[span.first].kind)) return false;
    int depth = 0;
    for (std::size_t i = span.first; i < span.second; ++i) {
      if (opens(tokens_[i].kind)) ++depth;
      if (closes(tokens_[i].kind)) --depth;
      if (depth == 0) return i + 1 == span.second;
    }
    return false;
  }

  std::optional<FinalAnswer> item(Span span) {
    if (const auto parts = outside(tokens_, span, "U"); !parts.empty()) {
      return many(FinalAnswer::Kind::Union, split_at(span, parts));
    }
    if (const auto equals = outside(tokens_, span, "="); !equals.empty()) {
      return equals.size() == 1 ? equation(span, equals.front()) : std::nullopt;
    }
    if (is_enclosed(span)) {
      if (auto answer = enclosed(span)) return answer;
    }
    const auto signs = outside(tokens_, span, "p");
    if (!signs.empty()) return signs.size() == 1 ? plus_minus(span, signs.front()) : std::nullopt;
    return expression(span);
  }

  std::optional<FinalAnswer> expression(Span span) {
    FinalAnswer answer;
    // An end of an interval: \infty, -\infty, +\infty.
    const bool is_signed = tokens_[span.first].kind == '-' || tokens_[span.first].kind == '+';
    const std::size_t first = span.first + (is_signed ? 1 : 0);
    if (first + 1 == span.second && tokens_[first].kind == 'I') {
      answer.value =
          node(Node::Kind::Variable, tokens_[span.first].kind == '-' ? "-infinity" : "infinity");
      return answer;
    }
    answer.value = ExpressionParser(tokens_, span).whole();
    if (answer.value == nullptr) return std::nullopt;
    return answer;
  }

  // Tuple, interval or set; nullopt where the brackets are those of an expression.
  std::optional<FinalAnswer> enclosed(Span span) {
    const char open = tokens_[span.first].kind;
    const char close = tokens_[span.second - 1].kind;
    const Span inner{span.first + 1, span.second - 1};
    if (inner.first == inner.second) return std::nullopt;
    const std::vector<Span> parts = split_at(inner, outside(tokens_, inner, ",w"));
    if (open == '<' && close == '>') return many(FinalAnswer::Kind::List, parts);
    const bool is_round = open == '(' && close == ')';
    const bool is_bracket = (open == '(' || open == '[') && (close == ')' || close == ']');
    if (parts.size() < 2 || !is_bracket) return std::nullopt;
    if (is_round) return many(FinalAnswer::Kind::Tuple, parts);
    if (parts.size() != 2) return std::nullopt;
    auto answer = many(FinalAnswer::Kind::Interval, parts);
    if (answer) {
      answer->closed_low = open == '[';
      answer->closed_high = close == ']';
    }
    return answer;
  }

  std::optional<FinalAnswer> plus_minus(Span span, std::size_t at) {
    FinalAnswer answer;
    answer.kind = FinalAnswer::Kind::List;
    for (const char sign : {'+', '-'}) {
      tokens_[at].kind = sign;
      auto element = item(span);
      if (!element) return std::nullopt;
      answer.elements.push_back(*std::move(element));
    }
    return answer;
  }

  // "x = value", "f(x) = value", "f(x, y) = value", else lhs = rhs.
  std::optional<FinalAnswer> equation(Span span, std::size_t equals) {
    const Span left{span.first, equals};
    const Span right{equals + 1, span.second};
    if (left.first == left.second || right.first == right.second) return std::nullopt;
    if (auto definition = head_of_definition(left)) {
      auto value = item(right);
      if (!value) return std::nullopt;
      if (value->kind != FinalAnswer::Kind::Expression) {
        // "x = \pm 2", "S = {1, 2}": the name says nothing about the value.
        return definition->arguments.empty() ? value : std::nullopt;
      }
      definition->value = value->value;
      return definition;
    }
    return many(FinalAnswer::Kind::Equation, {left, right});
  }

  std::optional<FinalAnswer> head_of_definition(Span span) {
    if (tokens_[span.first].kind != 'x') return std::nullopt;
    FinalAnswer answer;
    answer.kind = FinalAnswer::Kind::Definition;
    answer.name = tokens_[span.first].text;
    if (span.second - span.first == 1) return answer;
    std::size_t at = span.first + 1;
    if (tokens_[at].kind != '(' || tokens_[span.second - 1].kind != ')') return std::nullopt;
    for (++at; at + 1 < span.second; ++at) {
      if (tokens_[at].kind == ',') continue;
      if (tokens_[at].kind != 'x') return std::nullopt;
      answer.arguments.push_back(tokens_[at].text);
    }
    if (answer.arguments.empty()) return std::nullopt;
    return answer;
  }

  Tokens tokens_;
};

}  // namespace

std::optional<FinalAnswer> parse_answer(std::string_view text) {
  auto tokens = tokenise(text);
  if (!tokens) return std::nullopt;
  return AnswerParser(*std::move(tokens)).whole();
}

std::set<std::string> variables_of(const NodePtr& node) {
  std::set<std::string> names;
  if (node == nullptr) return names;
  const bool is_constant = node->text == "pi" || node->text == "e";
  if (node->kind == Node::Kind::Variable && !is_constant) names.insert(node->text);
  for (const NodePtr& child : node->children) names.merge(variables_of(child));
  return names;
}

}  // namespace eval::judges::answer
