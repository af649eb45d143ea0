#include "evaluator/store/codec.h"

#include <array>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/json.h"

namespace eval::evaluator {
namespace {

using judges::Judgement;
using judges::SubtaskResult;
using judges::TestResult;
using judges::Verdict;
using runners::Generation;

template <class T>
Json optional_json(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

std::string to_cbor(const Json& value) {
  std::string bytes;
  Json::to_cbor(value, nlohmann::detail::output_adapter<char>(bytes));
  return bytes;
}

Result<Json> from_cbor(std::string_view bytes, std::string_view what) {
  Json value = Json::from_cbor(bytes.begin(), bytes.end(), true, false);
  if (value.is_discarded() || !value.is_object()) {
    return fail(ErrorCode::BadInput, std::string(what) + " in the cache is damaged", {},
                "restore the database from a backup");
  }
  return value;
}

Result<Verdict> read_verdict(const Json& object) {
  const std::string name = EVAL_TRY(read_string(object, "verdict"));
  const auto verdict = judges::verdict_from_name(name);
  if (!verdict) return fail(ErrorCode::BadInput, "\"" + name + "\" is not a verdict");
  return *verdict;
}

Result<std::optional<double>> read_optional_number(const Json& object, std::string_view key) {
  if (find_member(object, key) == nullptr) return std::optional<double>();
  return std::optional<double>(EVAL_TRY(read_number(object, key, 0)));
}

Result<std::optional<std::int64_t>> read_optional_integer(const Json& object,
                                                          std::string_view key) {
  if (find_member(object, key) == nullptr) return std::optional<std::int64_t>();
  return std::optional<std::int64_t>(EVAL_TRY(read_integer(object, key, 0)));
}

Result<std::optional<std::string>> read_optional_string(const Json& object, std::string_view key) {
  if (find_member(object, key) == nullptr) return std::optional<std::string>();
  return std::optional<std::string>(EVAL_TRY(read_string(object, key)));
}

// The elements of the list `key`; none if it is absent.
std::vector<Json> elements(const Json& object, std::string_view key) {
  std::vector<Json> list;
  const Json* member = find_member(object, key);
  if (member == nullptr || !member->is_array()) return list;
  for (const Json& element : *member) list.push_back(element);
  return list;
}

Json test_json(const TestResult& test) {
  Json json;
  json["testcase"] = test.testcase;
  json["verdict"] = judges::verdict_name(test.verdict);
  json["points"] = optional_json(test.points);
  json["cpu_time_us"] = test.cpu_time.count();
  json["wall_time_us"] = test.wall_time.count();
  json["memory_peak_bytes"] =
      test.memory_peak ? Json(static_cast<std::int64_t>(test.memory_peak->count)) : Json(nullptr);
  json["run_status"] = test.run_status;
  json["exit_code"] = test.exit_code;
  json["signal"] = test.signal;
  json["stability"] = judges::stability_name(test.stability);
  json["cpu_times_us"] = Json::array();
  for (const auto time : test.cpu_times) json["cpu_times_us"].push_back(time.count());
  json["untimed_verdict"] =
      test.untimed_verdict ? Json(judges::verdict_name(*test.untimed_verdict)) : Json(nullptr);
  json["passes"] = test.passes;
  json["transcript"] = test.transcript;
  json["checker_message"] = test.checker_message;
  json["standard_error"] = test.standard_error;
  json["output_excerpt"] = test.output_excerpt;
  return json;
}

Result<TestResult> read_test(const Json& json) {
  TestResult test;
  test.testcase = EVAL_TRY(read_string(json, "testcase"));
  test.verdict = EVAL_TRY(read_verdict(json));
  test.points = EVAL_TRY(read_optional_number(json, "points"));
  test.cpu_time = std::chrono::microseconds(EVAL_TRY(read_integer(json, "cpu_time_us", 0)));
  test.wall_time = std::chrono::microseconds(EVAL_TRY(read_integer(json, "wall_time_us", 0)));
  const auto memory = EVAL_TRY(read_optional_integer(json, "memory_peak_bytes"));
  if (memory) test.memory_peak = Bytes{static_cast<std::uint64_t>(*memory)};
  test.run_status = EVAL_TRY(read_string(json, "run_status"));
  test.exit_code = static_cast<int>(EVAL_TRY(read_integer(json, "exit_code", 0)));
  test.signal = static_cast<int>(EVAL_TRY(read_integer(json, "signal", 0)));
  // Absent from what was kept before schema 3.
  const std::string stability = EVAL_TRY(read_string(json, "stability", "clear"));
  test.stability = judges::stability_from_name(stability).value_or(judges::Stability::Clear);
  for (const Json& time : elements(json, "cpu_times_us")) {
    if (!time.is_number_integer()) return fail(ErrorCode::BadInput, "a CPU time is no number");
    test.cpu_times.emplace_back(time.get<std::int64_t>());
  }
  const std::string untimed = EVAL_TRY(read_string(json, "untimed_verdict", ""));
  test.untimed_verdict = judges::verdict_from_name(untimed);
  test.passes = static_cast<int>(EVAL_TRY(read_integer(json, "passes", 1)));
  test.transcript = EVAL_TRY(read_string(json, "transcript"));
  test.checker_message = EVAL_TRY(read_string(json, "checker_message"));
  test.standard_error = EVAL_TRY(read_string(json, "standard_error"));
  test.output_excerpt = EVAL_TRY(read_string(json, "output_excerpt"));
  return test;
}

Json error_json(const Error& error) {
  Json json;
  json["code"] = error_code_name(error.code);
  json["what"] = error.what;
  json["where"] = error.where;
  json["help"] = error.help;
  json["sys_errno"] = error.sys_errno;
  json["also"] = Json::array();
  for (const Error& other : error.also) json["also"].push_back(error_json(other));
  return json;
}

Result<Error> read_error(const Json& json) {
  Error error;
  error.code = error_code_from_name(EVAL_TRY(read_string(json, "code")));
  error.what = EVAL_TRY(read_string(json, "what"));
  error.where = EVAL_TRY(read_string(json, "where"));
  error.help = EVAL_TRY(read_string(json, "help"));
  error.sys_errno = static_cast<int>(EVAL_TRY(read_integer(json, "sys_errno", 0)));
  for (const Json& other : elements(json, "also")) {
    error.also.push_back(EVAL_TRY(read_error(other)));
  }
  return error;
}

Result<runners::Role> role_from_name(const std::string& name) {
  for (const auto role : {runners::Role::System, runners::Role::User, runners::Role::Assistant}) {
    if (runners::role_name(role) == name) return role;
  }
  return fail(ErrorCode::BadInput, "\"" + name + "\" is not a role of a message");
}

}  // namespace

std::string encode_judgement(const Judgement& judgement) {
  Json json;
  json["verdict"] = judges::verdict_name(judgement.verdict);
  json["points"] = judgement.points;
  json["tests"] = Json::array();
  for (const TestResult& test : judgement.tests) json["tests"].push_back(test_json(test));
  json["subtasks"] = Json::array();
  for (const SubtaskResult& subtask : judgement.subtasks) {
    Json entry;
    entry["subtask"] = subtask.subtask;
    entry["verdict"] = judges::verdict_name(subtask.verdict);
    entry["points"] = subtask.points;
    entry["points_max"] = optional_json(subtask.points_max);
    json["subtasks"].push_back(std::move(entry));
  }
  json["compile_log"] = judgement.compile_log;
  json["language"] = judgement.language;
  json["time_limit_ms"] = judgement.time_limit.count();
  json["memory_limit_bytes"] = static_cast<std::int64_t>(judgement.memory_limit.count);
  json["fingerprint"] = judgement.fingerprint;
  json["detail"] = judgement.detail;
  return to_cbor(json);
}

Result<Judgement> decode_judgement(std::string_view bytes) {
  const Json json = EVAL_TRY(from_cbor(bytes, "a judgement"));
  Judgement judgement;
  judgement.verdict = EVAL_TRY(read_verdict(json));
  judgement.points = EVAL_TRY(read_number(json, "points", 0));
  for (const Json& test : elements(json, "tests")) {
    judgement.tests.push_back(EVAL_TRY(read_test(test)));
  }
  for (const Json& entry : elements(json, "subtasks")) {
    SubtaskResult subtask;
    subtask.subtask = EVAL_TRY(read_string(entry, "subtask"));
    subtask.verdict = EVAL_TRY(read_verdict(entry));
    subtask.points = EVAL_TRY(read_number(entry, "points", 0));
    subtask.points_max = EVAL_TRY(read_optional_number(entry, "points_max"));
    judgement.subtasks.push_back(std::move(subtask));
  }
  judgement.compile_log = EVAL_TRY(read_string(json, "compile_log"));
  judgement.language = EVAL_TRY(read_string(json, "language"));
  judgement.time_limit =
      std::chrono::milliseconds(EVAL_TRY(read_integer(json, "time_limit_ms", 0)));
  judgement.memory_limit =
      Bytes{static_cast<std::uint64_t>(EVAL_TRY(read_integer(json, "memory_limit_bytes", 0)))};
  judgement.fingerprint = EVAL_TRY(read_string(json, "fingerprint"));
  judgement.detail = EVAL_TRY(read_string(json, "detail"));
  return judgement;
}

std::string encode_generation(const Generation& generation) {
  Json json;
  json["text"] = generation.text;
  json["reasoning"] = optional_json(generation.reasoning);
  json["finish_reason"] = runners::finish_reason_name(generation.finish_reason);
  json["prompt_tokens"] = optional_json(generation.prompt_tokens);
  json["completion_tokens"] = optional_json(generation.completion_tokens);
  json["queue_time_ms"] = generation.queue_time.count();
  json["first_token_ms"] =
      generation.first_token_time ? Json(generation.first_token_time->count()) : Json(nullptr);
  json["total_time_ms"] = generation.total_time.count();
  json["tries"] = generation.tries;
  json["model"] = generation.model;
  json["fingerprint"] = generation.fingerprint;
  json["files"] = Json::array();
  for (const auto& file : generation.files) {
    Json entry;
    entry["name"] = file.name;
    entry["content"] = file.content;
    json["files"].push_back(std::move(entry));
  }
  json["language"] = optional_json(generation.language);
  json["token_sha256"] = optional_json(generation.token_hash);
  if (generation.logprobs) json["logprobs"] = runners::to_json(*generation.logprobs);
  return to_cbor(json);
}

Result<Generation> decode_generation(std::string_view bytes) {
  const Json json = EVAL_TRY(from_cbor(bytes, "a generation"));
  Generation generation;
  generation.text = EVAL_TRY(read_string(json, "text"));
  generation.reasoning = EVAL_TRY(read_optional_string(json, "reasoning"));
  const auto reason =
      runners::finish_reason_from_name(EVAL_TRY(read_string(json, "finish_reason")));
  if (!reason) return fail(ErrorCode::BadInput, "a cached generation has no finish reason");
  generation.finish_reason = *reason;
  generation.prompt_tokens = EVAL_TRY(read_optional_integer(json, "prompt_tokens"));
  generation.completion_tokens = EVAL_TRY(read_optional_integer(json, "completion_tokens"));
  generation.queue_time =
      std::chrono::milliseconds(EVAL_TRY(read_integer(json, "queue_time_ms", 0)));
  const auto first = EVAL_TRY(read_optional_integer(json, "first_token_ms"));
  if (first) generation.first_token_time = std::chrono::milliseconds(*first);
  generation.total_time =
      std::chrono::milliseconds(EVAL_TRY(read_integer(json, "total_time_ms", 0)));
  generation.tries = static_cast<int>(EVAL_TRY(read_integer(json, "tries", 1)));
  generation.model = EVAL_TRY(read_string(json, "model"));
  generation.fingerprint = EVAL_TRY(read_string(json, "fingerprint"));
  for (const Json& entry : elements(json, "files")) {
    runners::RecordedFile file;
    file.name = EVAL_TRY(read_string(entry, "name"));
    file.content = EVAL_TRY(read_string(entry, "content"));
    generation.files.push_back(std::move(file));
  }
  generation.language = EVAL_TRY(read_optional_string(json, "language"));
  generation.token_hash = EVAL_TRY(read_optional_string(json, "token_sha256"));
  if (const Json* logprobs = find_member(json, "logprobs"))
    generation.logprobs = EVAL_TRY(runners::read_token_logprobs(*logprobs));
  return generation;
}

std::string encode_logprobs(const runners::TokenLogprobs& logprobs) {
  return to_cbor(runners::to_json(logprobs));
}

Result<runners::TokenLogprobs> decode_logprobs(std::string_view bytes) {
  return runners::read_token_logprobs(EVAL_TRY(from_cbor(bytes, "log-probabilities")));
}

std::string encode_prompt(const runners::Prompt& prompt) {
  Json json = Json::array();
  for (const runners::Message& message : prompt.messages) {
    Json entry;
    entry["role"] = runners::role_name(message.role);
    entry["content"] = message.content;
    json.push_back(std::move(entry));
  }
  return to_json_line(json);
}

Result<runners::Prompt> decode_prompt(std::string_view text) {
  const Json json = EVAL_TRY(parse_json(text, "prompt"));
  runners::Prompt prompt;
  for (const Json& entry : json) {
    runners::Message message;
    const std::string role = EVAL_TRY(read_string(entry, "role"));
    message.role = EVAL_TRY(role_from_name(role));
    message.content = EVAL_TRY(read_string(entry, "content"));
    prompt.messages.push_back(std::move(message));
  }
  return prompt;
}

std::string encode_times(const std::vector<std::chrono::microseconds>& times) {
  Json json = Json::array();
  for (const auto time : times) json.push_back(time.count());
  return to_json_line(json);
}

Result<std::vector<std::chrono::microseconds>> decode_times(std::string_view text) {
  const Json json = EVAL_TRY(parse_json(text, "times"));
  std::vector<std::chrono::microseconds> times;
  for (const Json& time : json) {
    if (!time.is_number_integer()) return fail(ErrorCode::BadInput, "a time is no number");
    times.emplace_back(time.get<std::int64_t>());
  }
  return times;
}

std::string encode_errors(const std::vector<Error>& errors) {
  Json json = Json::array();
  for (const Error& error : errors) json.push_back(error_json(error));
  return to_json_line(json);
}

Result<std::vector<Error>> decode_errors(std::string_view text) {
  const Json json = EVAL_TRY(parse_json(text, "errors"));
  std::vector<Error> errors;
  for (const Json& entry : json) errors.push_back(EVAL_TRY(read_error(entry)));
  return errors;
}

}  // namespace eval::evaluator
