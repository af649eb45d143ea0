#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <vector>

#include "base/text.h"
#include "reports/figures.h"
#include "reports/reports.h"

namespace eval::reports {
namespace {

// In this order in every row; FORMAT.md says what each holds.
constexpr std::string_view kHeader =
    "run_id,suite,model,problem_id,problem_title,kind,attempt,seed,state,verdict,points,points_max,"
    "truncated,finish_reason,prompt_tokens,completion_tokens,generation_ms,extraction_rule,"
    "language,"
    "tests_run,tests_accepted,cpu_time_ms_max,memory_bytes_max,time_limit_ms,from_cache,"
    "judgement_count,error_count,explanation\r\n";

// RFC 4180: a field with a quote, comma or line end is quoted. A text that a spreadsheet would
// take for a formula gets an apostrophe in front: titles and messages come from outside.
std::string text_field(std::string_view raw) {
  std::string text = to_valid_utf8(raw);
  std::replace(text.begin(), text.end(), '\0', ' ');
  if (!text.empty() && std::string_view("=+-@\t\r").find(text[0]) != std::string_view::npos) {
    text.insert(0, 1, '\'');
  }
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  return '"' + replace_all(std::move(text), "\"", "\"\"") + '"';
}

template <class T>
std::string optional_field(const std::optional<T>& value) {
  return value ? fmt::format("{}", *value) : "";
}

// The seven columns that only a judgement fills.
std::vector<std::string> judgement_fields(const judges::Judgement& judgement) {
  std::int64_t cpu_time_us = 0;
  std::optional<std::uint64_t> memory;
  std::size_t accepted = 0;
  for (const judges::TestResult& test : judgement.tests) {
    cpu_time_us = std::max<std::int64_t>(cpu_time_us, test.cpu_time.count());
    if (test.memory_peak) memory = std::max(memory.value_or(0), test.memory_peak->count);
    if (test.verdict == judges::Verdict::AC) ++accepted;
  }
  const bool ran = !judgement.tests.empty();
  return {text_field(judgement.language),
          fmt::format("{}", judgement.tests.size()),
          fmt::format("{}", accepted),
          ran ? fmt::format("{:.3f}", static_cast<double>(cpu_time_us) / 1000.0) : "",
          optional_field(memory),
          fmt::format("{}", judgement.time_limit.count()),
          judgement.from_cache ? "true" : "false"};
}

std::string row(const RunView& run, const ProblemView& problem, const AttemptView& attempt) {
  std::vector<std::string> fields = {
      text_field(run.id),
      text_field(run.suite),
      text_field(run.model),
      text_field(problem.id),
      text_field(problem.title),
      text_field(problem.kind),
      fmt::format("{}", attempt.index),
      fmt::format("{}", attempt.seed),
      text_field(attempt.state),
      attempt.verdict ? std::string(judges::verdict_name(*attempt.verdict)) : "",
      fmt::format("{}", attempt.points),
      fmt::format("{}", problem.points_max),
      attempt.truncated ? "true" : "false",
      text_field(attempt.finish_reason),
      optional_field(attempt.prompt_tokens),
      optional_field(attempt.completion_tokens),
      fmt::format("{}", attempt.generation_ms),
      text_field(attempt.extraction_rule)};
  const auto judged =
      attempt.judgement ? judgement_fields(*attempt.judgement) : std::vector<std::string>(7);
  fields.insert(fields.end(), judged.begin(), judged.end());
  fields.push_back(fmt::format("{}", attempt.judgement_count));
  fields.push_back(fmt::format("{}", attempt.errors.size()));
  fields.push_back(text_field(explain(attempt)));
  return join(fields, ",") + "\r\n";
}

}  // namespace

std::string to_csv(const ReportModel& model) {
  std::string csv(kHeader);
  for (const ProblemView& problem : model.problems) {
    for (const AttemptView& attempt : problem.attempts) csv += row(model.run, problem, attempt);
  }
  return csv;
}

}  // namespace eval::reports
