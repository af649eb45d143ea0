#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "judges/answer/expression.h"
#include "judges/answer/tokens.h"

// From tokens to an expression. Internal to judges/answer.
namespace eval::judges::answer {

using TokenSpan = std::pair<std::size_t, std::size_t>;  // [first, second)

// Null for what is no expression, wholly.
NodePtr parse_expression(const std::vector<Token>& tokens, TokenSpan span);

// Null if a child is.
NodePtr make_node(Node::Kind kind, std::string text, std::vector<NodePtr> children = {});

bool opens(char kind);
bool closes(char kind);

}  // namespace eval::judges::answer
