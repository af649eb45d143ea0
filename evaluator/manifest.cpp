#include "evaluator/manifest.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/hash.h"

namespace eval::evaluator {
namespace {

Json sampling_json(const runners::SamplingParams& sampling) {
  Json json = Json::object();
  if (sampling.temperature) json["temperature"] = *sampling.temperature;
  if (sampling.top_p) json["top_p"] = *sampling.top_p;
  if (sampling.max_tokens) json["max_tokens"] = *sampling.max_tokens;
  if (sampling.seed) json["seed"] = *sampling.seed;
  if (!sampling.stop.empty()) json["stop"] = sampling.stop;
  if (sampling.top_k) json["top_k"] = *sampling.top_k;
  if (sampling.min_p) json["min_p"] = *sampling.min_p;
  if (sampling.repetition_penalty) json["repetition_penalty"] = *sampling.repetition_penalty;
  if (sampling.presence_penalty) json["presence_penalty"] = *sampling.presence_penalty;
  if (sampling.frequency_penalty) json["frequency_penalty"] = *sampling.frequency_penalty;
  if (!sampling.stop_token_ids.empty()) json["stop_token_ids"] = sampling.stop_token_ids;
  if (sampling.thinking) json["thinking"] = *sampling.thinking;
  if (sampling.logprobs) json["logprobs"] = true;
  return json;
}

Json local_json(const LocalChoice& local) {
  Json json{{"device", local.device}, {"dtype", local.dtype}};
  if (local.context) json["context"] = *local.context;
  return json;
}

// Seeds use all 64 bits, which read_integer cannot hold.
Result<std::optional<std::uint64_t>> read_seed(const Json& object, std::string_view key) {
  const Json* member = find_member(object, key);
  if (member == nullptr) return std::optional<std::uint64_t>();
  const bool negative = member->is_number_integer() && !member->is_number_unsigned() &&
                        member->get<std::int64_t>() < 0;
  if (!member->is_number_integer() || negative) {
    return fail(ErrorCode::BadInput, "\"" + std::string(key) +
                                         "\" should be a seed, a whole "
                                         "number from 0 to 2^64 - 1");
  }
  return std::optional<std::uint64_t>(member->get<std::uint64_t>());
}

Result<std::vector<std::string>> read_strings(const Json& object, std::string_view key) {
  std::vector<std::string> strings;
  const Json* member = find_member(object, key);
  if (member == nullptr) return strings;
  const auto wrong = [&] {
    return fail(ErrorCode::BadInput, "\"" + std::string(key) + "\" should be a list of texts");
  };
  if (!member->is_array()) return wrong();
  for (const Json& element : *member) {
    if (!element.is_string()) return wrong();
    strings.push_back(element.get<std::string>());
  }
  return strings;
}

Result<std::vector<std::int32_t>> read_token_ids(const Json& object, std::string_view key) {
  std::vector<std::int32_t> ids;
  const Json* member = find_member(object, key);
  if (member == nullptr) return ids;
  const auto is_id = [](const Json& element) { return element.is_number_integer(); };
  if (!member->is_array() || !std::all_of(member->begin(), member->end(), is_id)) {
    return fail(ErrorCode::BadInput, "\"" + std::string(key) + "\" should be a list of token ids");
  }
  for (const Json& element : *member) ids.push_back(element.get<std::int32_t>());
  return ids;
}

Result<std::optional<double>> read_optional_number(const Json& object, std::string_view key) {
  if (find_member(object, key) == nullptr) return std::optional<double>();
  return std::optional<double>(EVAL_TRY(read_number(object, key, 0)));
}

Result<runners::SamplingParams> read_sampling(const Json& json) {
  runners::SamplingParams sampling;
  sampling.temperature = EVAL_TRY(read_optional_number(json, "temperature"));
  sampling.top_p = EVAL_TRY(read_optional_number(json, "top_p"));
  if (find_member(json, "max_tokens") != nullptr) {
    sampling.max_tokens = static_cast<int>(EVAL_TRY(read_integer(json, "max_tokens", 0)));
  }
  sampling.seed = EVAL_TRY(read_seed(json, "seed"));
  sampling.stop = EVAL_TRY(read_strings(json, "stop"));
  if (find_member(json, "top_k") != nullptr) {
    sampling.top_k = static_cast<int>(EVAL_TRY(read_integer(json, "top_k", 0)));
  }
  sampling.min_p = EVAL_TRY(read_optional_number(json, "min_p"));
  sampling.repetition_penalty = EVAL_TRY(read_optional_number(json, "repetition_penalty"));
  sampling.presence_penalty = EVAL_TRY(read_optional_number(json, "presence_penalty"));
  sampling.frequency_penalty = EVAL_TRY(read_optional_number(json, "frequency_penalty"));
  sampling.stop_token_ids = EVAL_TRY(read_token_ids(json, "stop_token_ids"));
  if (find_member(json, "thinking") != nullptr) {
    sampling.thinking = EVAL_TRY(read_bool(json, "thinking", true));
  }
  sampling.logprobs = EVAL_TRY(read_bool(json, "logprobs", false));
  return sampling;
}

}  // namespace

Json to_json(const RunManifest& manifest) {
  Json json = Json::object();
  json["run_id"] = manifest.run_id;
  json["suite"] = manifest.suite;
  json["suite_title"] = manifest.suite_title;
  json["contest"] = manifest.contest;
  json["model"] = manifest.model;
  json["runner"] = manifest.runner;
  json["strategy"] = manifest.strategy;
  json["extraction_rule"] = manifest.extraction_rule;
  json["prompt_template"] = manifest.prompt_template;
  json["attempts_per_problem"] = manifest.attempts_per_problem;
  json["seed"] = manifest.seed;
  json["sampling"] = sampling_json(manifest.sampling);
  if (manifest.local) json["local"] = local_json(*manifest.local);
  if (manifest.minutes_per_attempt) json["minutes_per_attempt"] = *manifest.minutes_per_attempt;
  if (manifest.profile != "default") json["profile"] = manifest.profile;
  if (manifest.time_factor != 1) json["time_factor"] = manifest.time_factor;
  if (manifest.submission_cap) {
    json["submission_cap"] = *manifest.submission_cap;
    json["submission_scope"] = manifest.submission_scope;
  }
  if (!manifest.semantics.empty()) json["semantics"] = manifest.semantics;
  if (!manifest.environments.empty()) json["environments"] = manifest.environments;
  if (!manifest.training_cutoff.empty()) json["training_cutoff"] = manifest.training_cutoff;
  json["problem_ids"] = manifest.problem_ids;
  json["evalctl_version"] = manifest.evalctl_version;
  json["host"] = manifest.host;
  json["created_ms"] = manifest.created_ms;
  return json;
}

Result<RunManifest> manifest_from_json(const Json& json) {
  if (!json.is_object()) return fail(ErrorCode::BadInput, "a manifest should be an object");
  RunManifest manifest;
  manifest.run_id = EVAL_TRY(read_string(json, "run_id"));
  manifest.suite = EVAL_TRY(read_string(json, "suite"));
  manifest.suite_title = EVAL_TRY(read_string(json, "suite_title"));
  manifest.contest = EVAL_TRY(read_string(json, "contest"));
  manifest.model = EVAL_TRY(read_string(json, "model"));
  manifest.runner = EVAL_TRY(read_string(json, "runner"));
  manifest.strategy = EVAL_TRY(read_string(json, "strategy", manifest.strategy));
  manifest.extraction_rule = EVAL_TRY(read_string(json, "extraction_rule"));
  manifest.prompt_template = EVAL_TRY(read_string(json, "prompt_template"));
  manifest.attempts_per_problem =
      static_cast<int>(EVAL_TRY(read_integer(json, "attempts_per_problem", 1)));
  manifest.seed = EVAL_TRY(read_seed(json, "seed")).value_or(0);
  if (const Json* sampling = find_member(json, "sampling")) {
    manifest.sampling = EVAL_TRY_IN(read_sampling(*sampling), "sampling");
  }
  if (const Json* local = find_member(json, "local")) {
    manifest.local = LocalChoice{EVAL_TRY(read_string(*local, "device")),
                                 EVAL_TRY(read_string(*local, "dtype")), std::nullopt};
    if (find_member(*local, "context") != nullptr) {
      manifest.local->context = static_cast<int>(EVAL_TRY(read_integer(*local, "context", 0)));
    }
  }
  if (find_member(json, "minutes_per_attempt") != nullptr) {
    manifest.minutes_per_attempt = EVAL_TRY(read_number(json, "minutes_per_attempt", 0));
  }
  manifest.profile = EVAL_TRY(read_string(json, "profile", manifest.profile));
  manifest.time_factor = EVAL_TRY(read_number(json, "time_factor", 1));
  if (find_member(json, "submission_cap") != nullptr) {
    manifest.submission_cap = static_cast<int>(EVAL_TRY(read_integer(json, "submission_cap", 0)));
    manifest.submission_scope = EVAL_TRY(read_string(json, "submission_scope", "task"));
  }
  manifest.semantics = EVAL_TRY(read_string(json, "semantics"));
  manifest.environments = EVAL_TRY(read_string(json, "environments"));
  manifest.training_cutoff = EVAL_TRY(read_string(json, "training_cutoff"));
  manifest.problem_ids = EVAL_TRY(read_strings(json, "problem_ids"));
  manifest.evalctl_version = EVAL_TRY(read_string(json, "evalctl_version"));
  manifest.host = EVAL_TRY(read_string(json, "host"));
  manifest.created_ms = EVAL_TRY(read_integer(json, "created_ms", 0));
  return manifest;
}

Json identity_json(const RunManifest& manifest) {
  Json json = to_json(manifest);
  for (const char* field : {"created_ms", "host", "evalctl_version", "training_cutoff"}) {
    json.erase(field);
  }
  return json;
}

std::string manifest_key(const RunManifest& manifest) {
  return sha256_hex(to_canonical_json(identity_json(manifest)));
}

}  // namespace eval::evaluator
