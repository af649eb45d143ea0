#include "evaluator/feedback.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/text.h"
#include "judges/lcb/official_verdict.h"
#include "judges/lcb/python_show.h"
#include "judges/lcb/shim_run.h"

namespace eval::evaluator {
namespace {

using judges::Judgement;
using judges::OfficialCode;
using judges::TestResult;
using judges::Verdict;

// The arguments of a call: one JSON value a line.
std::string shown_arguments(const std::string& input) {
  Json list = Json::array();
  for (const std::string& line : split(input, '\n')) {
    auto value = parse_json(line, "input");
    if (!value) return input;
    list.push_back(*std::move(value));
  }
  return judges::python_repr(list);
}

// str() of a value: a text as it is.
std::string shown_value(const Json& value) {
  return value.is_string() ? value.get<std::string>() : judges::python_repr(value);
}

std::string shown_output(const TestResult& result, const Json& expected) {
  std::string text = judges::python_repr_of_spelled(result.output_excerpt, expected);
  // str() of a text is the text itself; it is spelled with its length before it.
  const std::size_t colon = result.output_excerpt.find(':');
  if (result.output_excerpt.starts_with('s') && colon != std::string::npos) {
    text = result.output_excerpt.substr(colon + 1);
  }
  return text;
}

const problems::Testcase* testcase_of(const problems::ProgramTask& task, const std::string& name) {
  const auto found = std::ranges::find(task.testcases, name, &problems::Testcase::name);
  return found == task.testcases.end() ? nullptr : &*found;
}

std::string message_of(int code) {
  if (code == static_cast<int>(OfficialCode::Wrong)) return "Wrong Answer";
  if (code == static_cast<int>(OfficialCode::TimedOut)) return "Time Limit Exceeded";
  return "Runtime Error";
}

// True for an error that no testcase is to blame for: the program could not be loaded.
bool is_outside_of_tests(const Judgement& judgement, const TestResult& last) {
  return judgement.verdict == Verdict::CE ||
         last.checker_message.find("failed outside of a test") != std::string::npos;
}

}  // namespace

void attach_feedback(runners::Generation& generation, const TurnFeedback& feedback) {
  const Json json = {
      {"graded", feedback.is_accepted}, {"code", feedback.code}, {"metadata", feedback.metadata}};
  std::erase_if(generation.files, [](const auto& file) { return file.name == kFeedbackFile; });
  generation.files.push_back({std::string(kFeedbackFile), to_json_line(json)});
}

std::optional<TurnFeedback> feedback_of(const runners::Generation& generation) {
  const auto file =
      std::ranges::find(generation.files, kFeedbackFile, &runners::RecordedFile::name);
  if (file == generation.files.end()) return std::nullopt;
  const auto json = parse_json(file->content, kFeedbackFile);
  if (!json) return std::nullopt;
  const auto accepted = read_bool(*json, "graded", false);
  auto code = read_string(*json, "code");
  const Json* metadata = find_member(*json, "metadata");
  if (!accepted || !code) return std::nullopt;
  return TurnFeedback{*accepted, *std::move(code), metadata == nullptr ? Json() : *metadata};
}

int livecodebench_error_code(const Judgement& judgement) {
  if (judgement.tests.empty()) return static_cast<int>(OfficialCode::Failed);
  const TestResult& last = judgement.tests.back();
  if (last.run_status == judges::kOfficialStatus) return last.exit_code;
  if (judgement.verdict == Verdict::WA) return static_cast<int>(OfficialCode::Wrong);
  if (judgement.verdict == Verdict::TLE) return static_cast<int>(OfficialCode::TimedOut);
  return static_cast<int>(OfficialCode::Failed);
}

Result<Json> livecodebench_metadata(const problems::Problem& problem, const Judgement& judgement) {
  const int code = livecodebench_error_code(judgement);
  const auto* task = std::get_if<problems::ProgramTask>(&problem.task);
  const TestResult last = judgement.tests.empty() ? TestResult{} : judgement.tests.back();
  const problems::Testcase* testcase =
      task == nullptr ? nullptr : testcase_of(*task, last.testcase);
  if (testcase == nullptr || is_outside_of_tests(judgement, last)) {
    const std::string error = !last.standard_error.empty()     ? last.standard_error
                              : !judgement.compile_log.empty() ? judgement.compile_log
                                                               : judgement.detail;
    return Json{{"error_code", code}, {"error_message", "Error during testing: " + error}};
  }
  const std::string input = EVAL_TRY(judges::read_test_data(testcase->input));
  const std::string answer = EVAL_TRY(judges::read_test_data(testcase->answer));
  const bool is_function = !task->function_name.empty();
  const auto expected = is_function ? parse_json(answer, "expected output") : Result<Json>(Json());
  Json json = Json::object();
  const bool is_wrong = code == static_cast<int>(OfficialCode::Wrong);
  if (is_wrong) {
    json["output"] = judges::python_truncated(
        is_function && expected ? shown_output(last, *expected) : last.output_excerpt);
  } else {
    const bool is_time = code == static_cast<int>(OfficialCode::TimedOut);
    json["error"] = !last.standard_error.empty() ? last.standard_error
                    : is_time                    ? "TimeoutException()"
                                                 : last.checker_message;
  }
  json["inputs"] = judges::python_truncated(is_function ? shown_arguments(input) : input);
  json["expected"] =
      judges::python_truncated(is_function && expected ? shown_value(*expected) : answer);
  json["error_code"] = code;
  const bool has_official_words = is_wrong && last.checker_message.starts_with("Wrong answer");
  json["error_message"] = has_official_words ? last.checker_message : message_of(code);
  return json;
}

}  // namespace eval::evaluator
