#include "runners/local/text/generation_config.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "base/json.h"
#include "base/text.h"

namespace eval::runners::local {
namespace {

constexpr Bytes kConfigLimit = Bytes::mib(16);
constexpr std::size_t kEosMax = 64;

Result<TokenId> to_token_id(const Json& value, std::string_view key) {
  if (value.is_number_integer()) {
    const auto id = value.get<std::int64_t>();
    if (id >= 0 && id <= std::numeric_limits<TokenId>::max()) return static_cast<TokenId>(id);
  }
  return fail(ErrorCode::BadInput, fmt::format("\"{}\" should be the id of a token, but is {}", key,
                                               shorten(to_json_line(value), 60)));
}

Result<std::optional<TokenId>> read_token_id(const Json& object, std::string_view key) {
  const Json* member = find_member(object, key);
  if (member == nullptr) return std::nullopt;
  return EVAL_TRY(to_token_id(*member, key));
}

// One id, or a list of them.
Result<std::vector<TokenId>> read_eos(const Json& object) {
  const Json* member = find_member(object, "eos_token_id");
  std::vector<TokenId> ids;
  if (member == nullptr) return ids;
  if (!member->is_array()) {
    ids.push_back(EVAL_TRY(to_token_id(*member, "eos_token_id")));
    return ids;
  }
  if (member->size() > kEosMax) {
    return fail(ErrorCode::BadInput, fmt::format("\"eos_token_id\" lists more than {}", kEosMax));
  }
  for (const Json& each : *member) {
    const TokenId id = EVAL_TRY(to_token_id(each, "eos_token_id"));
    if (std::find(ids.begin(), ids.end(), id) == ids.end()) ids.push_back(id);
  }
  return ids;
}

Result<std::optional<double>> read_optional_number(const Json& object, std::string_view key,
                                                   double low, double high) {
  if (find_member(object, key) == nullptr) return std::nullopt;
  const double value = EVAL_TRY(read_number(object, key, 0));
  if (value >= low && value <= high) return value;
  return fail(ErrorCode::BadInput,
              fmt::format("\"{}\" should be between {} and {}, but is {}", key, low, high, value));
}

Result<void> read_sampling(const Json& object, GenerationDefaults& defaults) {
  if (find_member(object, "do_sample") != nullptr) {
    defaults.do_sample = EVAL_TRY(read_bool(object, "do_sample", false));
  }
  defaults.temperature = EVAL_TRY(read_optional_number(object, "temperature", 0, 100));
  defaults.top_p = EVAL_TRY(read_optional_number(object, "top_p", 0, 1));
  defaults.min_p = EVAL_TRY(read_optional_number(object, "min_p", 0, 1));
  defaults.repetition_penalty =
      EVAL_TRY(read_optional_number(object, "repetition_penalty", 1e-3, 1e3));
  if (find_member(object, "top_k") != nullptr) {
    const std::int64_t top_k = EVAL_TRY(read_integer(object, "top_k", 0));
    if (top_k < 0 || top_k > std::numeric_limits<int>::max()) {
      return fail(ErrorCode::BadInput, fmt::format("\"top_k\" should not be {}", top_k));
    }
    defaults.top_k = static_cast<int>(top_k);
  }
  return {};
}

Result<Json> read_object(const fs::path& path) {
  std::error_code error;
  if (!fs::exists(path, error)) return Json::object();
  const std::string text = EVAL_TRY(read_file(path, kConfigLimit));
  Json json = EVAL_TRY(parse_json(text, path.string()));
  if (!json.is_object()) {
    return fail(ErrorCode::BadInput, "the file should hold a JSON object", path.string());
  }
  return json;
}

Result<GenerationDefaults> read_defaults(const Json& object) {
  GenerationDefaults defaults;
  defaults.eos_ids = EVAL_TRY(read_eos(object));
  defaults.bos_id = EVAL_TRY(read_token_id(object, "bos_token_id"));
  defaults.pad_id = EVAL_TRY(read_token_id(object, "pad_token_id"));
  EVAL_TRY(read_sampling(object, defaults));
  return defaults;
}

}  // namespace

Result<GenerationDefaults> load_generation_defaults(const fs::path& checkpoint) {
  const fs::path path = checkpoint / "generation_config.json";
  const fs::path config_path = checkpoint / "config.json";
  const Json own = EVAL_TRY(read_object(path));
  GenerationDefaults defaults = EVAL_TRY_IN(read_defaults(own), path.string());
  const Json config = EVAL_TRY(read_object(config_path));
  if (defaults.eos_ids.empty()) {
    defaults.eos_ids = EVAL_TRY_IN(read_eos(config), config_path.string());
  }
  if (!defaults.bos_id) {
    defaults.bos_id = EVAL_TRY_IN(read_token_id(config, "bos_token_id"), config_path.string());
  }
  if (!defaults.pad_id) {
    defaults.pad_id = EVAL_TRY_IN(read_token_id(config, "pad_token_id"), config_path.string());
  }
  return defaults;
}

}  // namespace eval::runners::local
