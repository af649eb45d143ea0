#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/json.h"

namespace eval::runners {

// The tokens of a completion, reasoning and the id that ended it included, with the log-probability of
// each. A server tells texts, as it spells them; a model in this process tells ids.
struct TokenLogprobs {
  std::vector<std::int32_t> ids;   // empty if only texts are known
  std::vector<std::string> texts;  // empty if ids are known
  // Natural logarithms, one a token: of softmax(logits) before temperature and cuts; of a server as it
  // computes them.
  std::vector<float> values;
  friend bool operator==(const TokenLogprobs&, const TokenLogprobs&) = default;
};

// {"token_ids": [...] or "token_texts": [...], "logprobs": [...]}. Texts become valid UTF-8.
Json to_json(const TokenLogprobs& tokens);
// Errors: lists of different lengths, members of other types.
Result<TokenLogprobs> read_token_logprobs(const Json& json);

}  // namespace eval::runners
