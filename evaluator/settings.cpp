#include "evaluator/settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "base/text.h"
#include "evaluator/extract.h"
#include "evaluator/livecodebench_output.h"
#include "evaluator/prompt.h"
#include "evaluator/protocols.h"
#include "evaluator/strategy.h"
#include "judges/lcb/livecodebench_judge.h"
#include "judges/profile.h"
#include "judges/swe/log_parser.h"

namespace eval::evaluator {
namespace {

using S = RunSettings;

std::vector<std::string> isolation_names() {
  return {"namespaces", "cgroup"};
}

std::vector<std::string> submission_scopes() {
  return {"task", "subtask"};
}

std::vector<std::string> semantics_choices() {
  std::vector<std::string> names = judges::semantics_names();
  for (const auto harness : {judges::swe::Harness::V4, judges::swe::Harness::V5}) {
    names.emplace_back(judges::swe::harness_name(harness));
  }
  return names;
}

std::vector<std::string> device_names() {
  return {"auto", "cpu", "cuda"};
}

std::vector<std::string> dtype_names() {
  return {"bf16", "f32", "int8"};
}

const Setting kSettings[] = {
    {"suite", "name of a built-in suite, or a folder of problem packages", &S::suite},
    {"problems", "only these problems (ids or slugs)", &S::problems},
    {"filter", "only problems whose id or slug matches this shell pattern", &S::filter},
    {"limit", "at most so many problems, in suite order", &S::limit, 1, 1e6},
    {"release", "LiveCodeBench: release_v1 .. release_v6; default: all that is there", &S::release},
    {"window",
     "LiveCodeBench: release and months (v6-2408-2505), or a name: nvidia-v6, deepseek-v3.2",
     &S::window},
    {"start_date", "LiveCodeBench: first contest day taken (2024-08-01)", &S::start_date},
    {"end_date", "LiveCodeBench: last contest day taken (2025-05-31)", &S::end_date},
    {"without_errata", "LiveCodeBench: leave out the problems known to be bad", &S::without_errata},
    {"semantics", "What a verdict means: LiveCodeBench's evaluator, SWE-bench's harness version",
     &S::semantics, 0, 0, semantics_choices},
    {"environments",
     "SWE-bench: where tests run, images[:STORE] or a folder with environments.json",
     &S::environments},
    {"keep_images",
     "SWE-bench: images not in use go, least recently used first, until their store fits in this "
     "(200G)",
     &S::keep_images},
    {"mirrors", "SWE-bench: REGISTRY=PLACE, images are fetched from there instead", &S::mirrors},
    {"tls_verify", "SWE-bench: registries have valid certificates", &S::tls_verify},
    {"protocol", "settings of a published way of running; others win", &S::protocol, 0, 0,
     protocol_names},
    {"model", "replay:FILE, replay:submissions, replay:recorded, http:NAME or local:FOLDER",
     &S::model},
    {"base_url", "address of the OpenAI-compatible server, for http:NAME", &S::base_url},
    {"cutoff",
     "day up to which the model was trained, as declared (2024-09-01): stored with the run",
     &S::cutoff, 0, 0, nullptr, day_fault},
    {"samples", "attempts per problem", &S::samples, 1, 1e6},
    {"seed", "seed of the run; each attempt's own is derived from it", &S::seed, 0, 9.2e18},
    {"temperature", "sampling temperature", &S::temperature, 0, 10},
    {"top_p", "nucleus sampling: the probability mass kept", &S::top_p, 0, 1},
    {"max_tokens", "most tokens of one generation, reasoning included", &S::max_tokens, 1, 1e8},
    {"stop", "texts that end a generation", &S::stop},
    {"top_k", "sample from so many of the likeliest tokens", &S::top_k, 1, 1e6},
    {"min_p", "drop tokens less likely than this share of the likeliest", &S::min_p, 0, 1},
    {"repetition_penalty", "divides the logits of tokens seen before; 1: none",
     &S::repetition_penalty, 0.01, 10},
    {"presence_penalty", "subtracted once from the logit of a token generated before",
     &S::presence_penalty, -10, 10},
    {"frequency_penalty", "the same, as often as it was generated", &S::frequency_penalty, -10, 10},
    {"stop_token_ids", "token ids that end a generation, besides the model's own",
     &S::stop_token_ids},
    {"thinking", "whether the model reasons before it answers; default: as its template has it",
     &S::thinking},
    {"logprobs", "store the log-probability of every token generated", &S::logprobs},
    {"device", "local model: where it runs", &S::device, 0, 0, device_names},
    {"dtype", "local model: how weights are kept", &S::dtype, 0, 0, dtype_names},
    {"context", "local model: tokens of prompt and generation", &S::context, 64, 262144},
    {"cpu_memory", "local model: memory it may take (12 GiB); default: most of what is free",
     &S::cpu_memory},
    {"gpu_memory", "the same of the GPU's memory", &S::gpu_memory},
    {"threads", "local model: processors it uses; default: all", &S::threads, 1, 4096},
    {"strategy", "what happens inside an attempt", &S::strategy, 0, 0, strategy_names},
    {"first_turns", "first turns of self_repair: a recording, or run:ID of this database",
     &S::first_turns},
    {"prompt", "prompt template; the default depends on the kind of task", &S::prompt, 0, 0,
     prompt_template_names},
    {"languages", "languages to ask for, best first (cpp20, python3, ...)", &S::languages},
    {"extraction", "rule that finds the submission in a reply", &S::extraction, 0, 0,
     extraction_rule_names},
    {"minutes_per_attempt",
     "ICPC time model: attempt i is submitted (i+1) times so many minutes in",
     &S::minutes_per_attempt, 0, 1e6},
    {"submission_cap", "so many submissions count, in order (IOI: 50); default: all",
     &S::submission_cap, 1, 1e6},
    {"submission_scope", "what the submission cap is counted for", &S::submission_scope, 0, 0,
     submission_scopes},
    {"profile", "contest environment: compiler lines, languages, time factors", &S::profile, 0, 0,
     judges::profile_names},
    {"time_factor", "multiplies every time limit", &S::time_factor, 0.01, 100},
    {"graders", "who marks proofs: http:NAME or replay:FILE", &S::graders},
    {"grader_url", "address of the graders' OpenAI-compatible server", &S::grader_url},
    {"grading", "grading procedure: PRESET or PRESET:AGGREGATION-COUNT", &S::grading},
    {"grader_temperature", "sampling temperature of the graders", &S::grader_temperature, 0, 10},
    {"grader_max_tokens", "most tokens of one grading", &S::grader_max_tokens, 1, 1e8},
    {"canaries", "mix canary proofs among those that are marked", &S::canaries},
    {"jobs", "submissions judged at once; 0: one per core", &S::jobs, 0, 4096},
    {"generate_workers", "generations in flight; 0: what the model's runner prefers",
     &S::generate_workers, 0, 4096},
    {"request_timeout", "longest time of one request (90s, 10m, 1h)", &S::request_timeout, 1, 1e6},
    {"idle_timeout", "longest silence of the server", &S::idle_timeout, 1, 1e6},
    {"request_tries", "requests per generation before it fails", &S::request_tries, 1, 100},
    {"tries", "tries per stage of an attempt when our machinery fails", &S::tries, 1, 100},
    {"verdict_cache", "reuse verdicts of the same code on the same tests", &S::verdict_cache},
    {"request_cache", "reuse replies to the same request", &S::request_cache},
    {"all_testcases", "run the testcases after the first rejected one too", &S::all_testcases},
    {"isolation", "the least isolation accepted", &S::isolation, 0, 0, isolation_names},
    {"db", "database file of the results", &S::db},
    {"run_id", "name of the run; default: derived from what it does", &S::run_id},
    {"report_html", "write the HTML scoreboard here at the end", &S::report_html},
    {"report_json", "write the JSON report here at the end", &S::report_json},
};

// Each heading with the setting that it starts at.
struct Heading {
  std::string_view first;
  std::string_view title;
};
constexpr Heading kHeadings[] = {
    {"suite", "Problems"},
    {"model", "Model and sampling"},
    {"device", "Local model"},
    {"strategy", "Attempts and submissions"},
    {"graders", "Grading of proofs"},
    {"jobs", "Effort and caches"},
    {"db", "Results"},
};

std::string underscored(std::string_view name) {
  return replace_all(to_lower(name), "-", "_");
}

Failure wrong(const Setting& setting, const Json& value, std::string_view expected,
              const std::string& where, std::string help = {}) {
  return fail(ErrorCode::BadInput,
              fmt::format("\"{}\" should be {}, but is {}", setting.name, expected,
                          shorten(to_json_line(value), 60)),
              where, std::move(help));
}

Result<std::string> to_text(const Setting& setting, const Json& value, const std::string& where) {
  if (!value.is_string()) {
    return wrong(setting, value, "a text", where, "put it in quotes if it is meant as a text");
  }
  std::string text = value.get<std::string>();
  if (setting.fault != nullptr && !text.empty()) {
    const std::string fault = setting.fault(text);
    if (!fault.empty()) {
      return fail(ErrorCode::BadInput, fmt::format("\"{}\": {}", setting.name, fault), where);
    }
  }
  if (setting.choices == nullptr) return text;
  const std::vector<std::string> choices = setting.choices();
  if (std::ranges::find(choices, text) != choices.end()) return text;
  // "NAME:PARAMETERS", where NAME is a choice or starts some: what reads the setting checks the rest.
  const std::size_t colon = text.find(':');
  const bool has_parameters =
      colon != std::string::npos && std::ranges::any_of(choices, [&](const std::string& choice) {
        return choice.substr(0, choice.find(':')) == text.substr(0, colon);
      });
  if (has_parameters) return text;
  const auto close = closest_match(text, choices);
  return wrong(setting, value, "one of " + join(choices, ", "), where,
               close ? fmt::format("did you mean \"{}\"?", *close) : "");
}

Result<std::vector<std::string>> to_texts(const Setting& setting, const Json& value,
                                          const std::string& where) {
  std::vector<std::string> texts;
  if (value.is_string()) return std::vector<std::string>{value.get<std::string>()};
  if (!value.is_array()) return wrong(setting, value, "a list of texts", where);
  for (const Json& element : value) {
    if (!element.is_string()) return wrong(setting, value, "a list of texts", where);
    texts.push_back(element.get<std::string>());
  }
  return texts;
}

std::string range_text(const Setting& setting) {
  return fmt::format("from {:g} to {:g}", setting.least, setting.most);
}

Result<double> to_number(const Setting& setting, const Json& value, const std::string& where) {
  if (!value.is_number()) return wrong(setting, value, "a number " + range_text(setting), where);
  const double number = value.get<double>();
  if (!(number >= setting.least && number <= setting.most)) {
    return wrong(setting, value, "a number " + range_text(setting), where);
  }
  return number;
}

Result<std::int64_t> to_integer(const Setting& setting, const Json& value,
                                const std::string& where) {
  const std::string expected = "a whole number " + range_text(setting);
  if (!value.is_number_integer()) return wrong(setting, value, expected, where);
  const std::int64_t number = value.get<std::int64_t>();
  const auto as_double = static_cast<double>(number);
  if (as_double < setting.least || as_double > setting.most) {
    return wrong(setting, value, expected, where);
  }
  return number;
}

Result<std::chrono::seconds> to_seconds(const Setting& setting, const Json& value,
                                        const std::string& where) {
  const std::string expected = "a duration like 90s, 10m or 1h";
  if (value.is_number_integer()) {
    return std::chrono::seconds(EVAL_TRY(to_integer(setting, value, where)));
  }
  if (!value.is_string()) return wrong(setting, value, expected, where);
  const std::string text = value.get<std::string>();
  const std::size_t digits = text.find_first_not_of("0123456789");
  const auto count = parse_integer(text.substr(0, digits));
  const std::string unit = digits == std::string::npos ? "s" : text.substr(digits);
  const int factor = unit == "s" ? 1 : unit == "m" ? 60 : unit == "h" ? 3600 : 0;
  if (!count || factor == 0 || *count < 1 ||
      *count > static_cast<long long>(setting.most) / factor) {
    return wrong(setting, value, expected, where);
  }
  return std::chrono::seconds(*count * factor);
}

// One overload per type of member; `value` has passed no check yet.
struct Assign {
  const Setting& setting;
  const Json& value;
  const std::string& where;
  RunSettings& settings;

  Result<void> operator()(std::string S::*member) const {
    settings.*member = EVAL_TRY(to_text(setting, value, where));
    return {};
  }
  Result<void> operator()(std::vector<std::string> S::*member) const {
    settings.*member = EVAL_TRY(to_texts(setting, value, where));
    return {};
  }
  Result<void> operator()(int S::*member) const {
    settings.*member = static_cast<int>(EVAL_TRY(to_integer(setting, value, where)));
    return {};
  }
  Result<void> operator()(std::optional<int> S::*member) const {
    settings.*member = static_cast<int>(EVAL_TRY(to_integer(setting, value, where)));
    return {};
  }
  Result<void> operator()(std::optional<double> S::*member) const {
    settings.*member = EVAL_TRY(to_number(setting, value, where));
    return {};
  }
  Result<void> operator()(std::uint64_t S::*member) const {
    settings.*member = static_cast<std::uint64_t>(EVAL_TRY(to_integer(setting, value, where)));
    return {};
  }
  Result<void> operator()(bool S::*member) const {
    if (!value.is_boolean()) return wrong(setting, value, "true or false", where);
    settings.*member = value.get<bool>();
    return {};
  }
  Result<void> operator()(std::optional<bool> S::*member) const {
    if (!value.is_boolean()) return wrong(setting, value, "true or false", where);
    settings.*member = value.get<bool>();
    return {};
  }
  Result<void> operator()(std::chrono::seconds S::*member) const {
    settings.*member = EVAL_TRY(to_seconds(setting, value, where));
    return {};
  }
};

Json boolean_from(std::string_view text) {
  const std::string word = to_lower(text);
  if (word == "true" || word == "yes" || word == "on" || word == "1") return true;
  if (word == "false" || word == "no" || word == "off" || word == "0") return false;
  return std::string(text);
}

Json number_from(std::string_view text) {
  if (const auto integer = parse_integer(text)) return *integer;
  if (const auto number = parse_double(text)) return *number;
  return std::string(text);
}

struct FromText {
  std::string_view text;

  Json operator()(std::string S::*) const { return std::string(text); }
  Json operator()(std::vector<std::string> S::*) const {
    Json list = Json::array();
    for (const std::string& part : split(text, ',')) {
      if (!trim(part).empty()) list.push_back(std::string(trim(part)));
    }
    return list;
  }
  Json operator()(bool S::*) const { return boolean_from(text); }
  Json operator()(std::optional<bool> S::*) const { return boolean_from(text); }
  Json operator()(int S::*) const { return number_from(text); }
  Json operator()(std::optional<int> S::*) const { return number_from(text); }
  Json operator()(std::optional<double> S::*) const { return number_from(text); }
  Json operator()(std::uint64_t S::*) const { return number_from(text); }
  Json operator()(std::chrono::seconds S::*) const { return number_from(text); }
};

}  // namespace

std::span<const Setting> run_setting_table() {
  return kSettings;
}

std::string_view setting_group(const Setting& setting) {
  std::string_view title;
  for (const Setting& other : kSettings) {
    const auto heading = std::ranges::find(kHeadings, other.name, &Heading::first);
    if (heading != std::end(kHeadings)) title = heading->title;
    if (other.name == setting.name) break;
  }
  return title;
}

const Setting* find_setting(std::string_view name) {
  const std::string wanted = underscored(name);
  const auto found = std::ranges::find(kSettings, std::string_view(wanted), &Setting::name);
  return found == std::end(kSettings) ? nullptr : &*found;
}

std::string setting_advice(std::string_view name) {
  std::vector<std::string> names;
  for (const Setting& setting : kSettings) names.emplace_back(setting.name);
  const auto close = closest_match(underscored(name), names);
  return close ? fmt::format("did you mean \"{}\"?", *close) : "known: " + join(names, ", ");
}

Result<void> apply_setting(const Setting& setting, const Json& value, const std::string& where,
                           RunSettings& settings) {
  return std::visit(Assign{setting, value, where, settings}, setting.member);
}

Result<Json> setting_from_text(const Setting& setting, std::string_view text,
                               const std::string& where) {
  const Json value = std::visit(FromText{text}, setting.member);
  RunSettings scratch;
  EVAL_TRY(apply_setting(setting, value, where, scratch));
  return value;
}

}  // namespace eval::evaluator
