#include "judges/answer/expression.h"

#include <algorithm>
#include <utility>

#include "judges/answer/expression_parser.h"
#include "judges/answer/tokens.h"

// By recursive descent: sum, product (explicit or implied), power, factor.
namespace eval::judges::answer {
namespace {

constexpr int kDepthMax = 64;

using Tokens = std::vector<Token>;

NodePtr node(Node::Kind kind, std::string text, std::vector<NodePtr> children = {}) {
  for (const NodePtr& child : children) {
    if (child == nullptr) return nullptr;
  }
  return std::make_shared<const Node>(Node{kind, std::move(text), std::move(children)});
}

class ExpressionParser {
 public:
  ExpressionParser(const Tokens& tokens, TokenSpan span)
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

}  // namespace

bool opens(char kind) {
  return kind == '(' || kind == '[' || kind == '{' || kind == '<' || kind == 'L' || kind == 'l';
}
bool closes(char kind) {
  return kind == ')' || kind == ']' || kind == '}' || kind == '>' || kind == 'R' || kind == 'r';
}

NodePtr make_node(Node::Kind kind, std::string text, std::vector<NodePtr> children) {
  return node(kind, std::move(text), std::move(children));
}

NodePtr parse_expression(const std::vector<Token>& tokens, TokenSpan span) {
  return ExpressionParser(tokens, span).whole();
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
