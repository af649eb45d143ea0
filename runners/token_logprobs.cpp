#include "runners/token_logprobs.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/text.h"

namespace eval::runners {

Json to_json(const TokenLogprobs& tokens) {
  Json json = Json::object();
  if (!tokens.texts.empty()) {
    Json& texts = json["token_texts"] = Json::array();
    for (const std::string& text : tokens.texts) texts.push_back(to_valid_utf8(text));
  } else {
    json["token_ids"] = tokens.ids;
  }
  json["logprobs"] = tokens.values;
  return json;
}

Result<TokenLogprobs> read_token_logprobs(const Json& json) {
  const auto wrong = [] {
    return fail(ErrorCode::BadInput,
                "log-probabilities should be lists \"logprobs\" and \"token_ids\" or "
                "\"token_texts\" of one length");
  };
  const auto all_are = [](const Json& list, bool (Json::*is)() const noexcept) {
    return list.is_array() && std::ranges::all_of(list, [&](const Json& x) { return (x.*is)(); });
  };
  const Json* values = find_member(json, "logprobs");
  const Json* ids = find_member(json, "token_ids");
  const Json* texts = find_member(json, "token_texts");
  const Json* tokens = ids != nullptr ? ids : texts;
  if (values == nullptr || tokens == nullptr || values->size() != tokens->size()) return wrong();
  if (!all_are(*values, &Json::is_number)) return wrong();
  if (!all_are(*tokens, ids != nullptr ? &Json::is_number_integer : &Json::is_string))
    return wrong();
  TokenLogprobs read;
  read.values = values->get<std::vector<float>>();
  if (ids != nullptr)
    read.ids = ids->get<std::vector<std::int32_t>>();
  else
    read.texts = texts->get<std::vector<std::string>>();
  return read;
}

}  // namespace eval::runners
