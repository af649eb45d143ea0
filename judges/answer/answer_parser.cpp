#include <algorithm>
#include <utility>

#include "judges/answer/expression.h"
#include "judges/answer/expression_parser.h"
#include "judges/answer/tokens.h"

// Theory of operation. parse_answer splits the tokens at commas and words outside all brackets, looks
// at the form of each item (set, tuple, interval, definition), and reads what is left as an expression
// by recursive descent: sum, product (explicit or implied), power, factor. Every parser returns null
// for what it cannot read, and nothing is ever guessed.
namespace eval::judges::answer {
namespace {

using Tokens = std::vector<Token>;

// Positions of `wanted` kinds outside all brackets.
std::vector<std::size_t> outside(const Tokens& tokens, TokenSpan span, std::string_view wanted) {
  std::vector<std::size_t> found;
  int depth = 0;
  for (std::size_t i = span.first; i < span.second; ++i) {
    if (closes(tokens[i].kind)) --depth;
    if (depth == 0 && wanted.find(tokens[i].kind) != std::string_view::npos) found.push_back(i);
    if (opens(tokens[i].kind)) ++depth;
  }
  return found;
}

std::vector<TokenSpan> split_at(TokenSpan span, const std::vector<std::size_t>& positions) {
  std::vector<TokenSpan> parts;
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
  std::optional<FinalAnswer> list(TokenSpan span) {
    // "a, b and c", "a, and b": commas and words are the same.
    const std::vector<TokenSpan> parts = split_at(span, outside(tokens_, span, ",w"));
    if (parts.empty()) return std::nullopt;
    if (parts.size() == 1) return item(parts.front());
    return many(FinalAnswer::Kind::List, parts);
  }

  std::optional<FinalAnswer> many(FinalAnswer::Kind kind, const std::vector<TokenSpan>& parts) {
    FinalAnswer answer;
    answer.kind = kind;
    for (const TokenSpan& part : parts) {
      auto element = item(part);
      if (!element) return std::nullopt;
      answer.elements.push_back(*std::move(element));
    }
    return answer;
  }

  // Whether one pair of brackets encloses the whole of `span`.
  bool is_enclosed(TokenSpan span) const {
    if (span.second - span.first < 2 || !opens(tokens_[span.first].kind)) return false;
    int depth = 0;
    for (std::size_t i = span.first; i < span.second; ++i) {
      if (opens(tokens_[i].kind)) ++depth;
      if (closes(tokens_[i].kind)) --depth;
      if (depth == 0) return i + 1 == span.second;
    }
    return false;
  }

  std::optional<FinalAnswer> item(TokenSpan span) {
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

  std::optional<FinalAnswer> expression(TokenSpan span) {
    FinalAnswer answer;
    // An end of an interval: \infty, -\infty, +\infty.
    const bool is_signed = tokens_[span.first].kind == '-' || tokens_[span.first].kind == '+';
    const std::size_t first = span.first + (is_signed ? 1 : 0);
    if (first + 1 == span.second && tokens_[first].kind == 'I') {
      answer.value = make_node(Node::Kind::Variable,
                               tokens_[span.first].kind == '-' ? "-infinity" : "infinity");
      return answer;
    }
    answer.value = parse_expression(tokens_, span);
    if (answer.value == nullptr) return std::nullopt;
    return answer;
  }

  // Tuple, interval or set; nullopt where the brackets are those of an expression.
  std::optional<FinalAnswer> enclosed(TokenSpan span) {
    const char open = tokens_[span.first].kind;
    const char close = tokens_[span.second - 1].kind;
    const TokenSpan inner{span.first + 1, span.second - 1};
    if (inner.first == inner.second) return std::nullopt;
    const std::vector<TokenSpan> parts = split_at(inner, outside(tokens_, inner, ",w"));
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

  std::optional<FinalAnswer> plus_minus(TokenSpan span, std::size_t at) {
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
  std::optional<FinalAnswer> equation(TokenSpan span, std::size_t equals) {
    const TokenSpan left{span.first, equals};
    const TokenSpan right{equals + 1, span.second};
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

  std::optional<FinalAnswer> head_of_definition(TokenSpan span) {
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

}  // namespace eval::judges::answer
