#include "evaluator/recorded_feedback.h"

#include <fmt/format.h>

#include <utility>

#include "base/json.h"
#include "base/text.h"
#include "judges/lcb/official_verdict.h"
#include "runners/replay_runner.h"

namespace eval::evaluator {
namespace {

using judges::OfficialCode;
using judges::Verdict;

constexpr int kWrong = static_cast<int>(OfficialCode::Wrong);

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

Result<std::vector<Json>> entries_of_lines(std::string_view content, const fs::path& file) {
  std::vector<Json> entries;
  int number = 0;
  for (const std::string_view line : split_lines(content)) {
    ++number;
    if (trim(line).empty()) continue;
    auto entry = parse_json(line, fmt::format("{}: line {}", file.string(), number));
    if (!entry) {
      Error error = std::move(entry).error();
      error.where = replace_all(error.where, ": line 1, column ", ", column ");
      return fail(std::move(error));
    }
    entries.push_back(*std::move(entry));
  }
  return entries;
}

// The objects of a JSON list, of one object a line, or of the "eval" of one object.
Result<std::vector<Json>> entries_of(const fs::path& file) {
  const std::string whole_file = EVAL_TRY(read_file(file));
  std::string_view content = whole_file;
  if (content.starts_with(kByteOrderMark)) content.remove_prefix(kByteOrderMark.size());
  std::vector<Json> entries;
  if (trim(content).starts_with('[')) {
    const Json list = EVAL_TRY(parse_json(content, file.string()));
    for (const Json& entry : list) entries.push_back(entry);
    return entries;
  }
  const auto whole = parse_json(content, file.string());
  const Json* graded = whole ? find_member(*whole, "eval") : nullptr;
  if (graded != nullptr && graded->is_object()) {
    return std::vector<Json>(graded->begin(), graded->end());
  }
  if (whole) return std::vector<Json>{*whole};
  return entries_of_lines(content, file);
}

const Json* list_of(const Json& entry, std::string_view key) {
  const Json* list = find_member(entry, key);
  return list != nullptr && list->is_array() ? list : nullptr;
}

Json metadata_at(const Json* list, std::size_t index) {
  if (list == nullptr || index >= list->size() || !(*list)[index].is_string()) return {};
  auto parsed = parse_json((*list)[index].get<std::string>(), "metadata");
  return parsed && parsed->is_object() ? *std::move(parsed) : Json();
}

std::vector<std::optional<TurnFeedback>> feedback_of_entry(const Json& entry) {
  const Json* graded = list_of(entry, "graded_list");
  const Json* codes = list_of(entry, "code_list");
  const Json* metadata = list_of(entry, "metadata");
  if (codes == nullptr) codes = list_of(entry, "pred_list");
  if (graded == nullptr || codes == nullptr) return {};
  std::vector<std::optional<TurnFeedback>> all(codes->size());
  // A list of other length leaves some out, and does not say which.
  if (graded->size() != codes->size()) return all;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (!(*graded)[i].is_boolean() || !(*codes)[i].is_string()) continue;
    TurnFeedback feedback{(*graded)[i].get<bool>(), (*codes)[i].get<std::string>(), Json()};
    if (!feedback.is_accepted) feedback.metadata = metadata_at(metadata, i);
    all[i] = std::move(feedback);
  }
  return all;
}

// Of what is not right: kWrong where metadata has none.
int error_code_of(const TurnFeedback& feedback) {
  const auto code = read_integer(feedback.metadata, "error_code", kWrong);
  const bool fits = code && std::in_range<int>(*code);
  return fits ? static_cast<int>(*code) : kWrong;
}

Verdict verdict_of(const TurnFeedback& feedback, int code) {
  if (feedback.is_accepted) return Verdict::AC;
  if (code == static_cast<int>(OfficialCode::TimedOut)) return Verdict::TLE;
  const bool is_failed = code == static_cast<int>(OfficialCode::Failed) ||
                         code == static_cast<int>(OfficialCode::Lost);
  return is_failed ? Verdict::RE : Verdict::WA;
}

judges::Judgement judgement_of(const TurnFeedback& feedback) {
  judges::Judgement judgement;
  judges::TestResult test;
  test.exit_code = error_code_of(feedback);
  judgement.verdict = test.verdict = verdict_of(feedback, test.exit_code);
  test.run_status = kRecordedStatus;
  test.standard_error = read_string(feedback.metadata, "error").value_or("");
  test.output_excerpt = read_string(feedback.metadata, "output").value_or("");
  test.checker_message = read_string(feedback.metadata, "error_message").value_or("");
  judgement.tests.push_back(std::move(test));
  return judgement;
}

// As `like` has it, so that the two can be compared.
judges::Submission submission_of(const std::string& code, const Attempt& like) {
  const bool is_answer =
      like.submission && std::holds_alternative<judges::Answer>(like.submission->submission);
  if (is_answer) return judges::Answer{code};
  return judges::SourceProgram{"", {{"", code}}, std::nullopt};
}

}  // namespace

Result<RecordedFeedback> read_recorded_feedback(const fs::path& file) {
  RecordedFeedback recorded;
  for (const Json& entry : EVAL_TRY(entries_of(file))) {
    auto feedback = feedback_of_entry(entry);
    const std::string id = runners::livecodebench_entry_id(entry);
    if (id.empty() || feedback.empty()) continue;
    if (!recorded.emplace(id, std::move(feedback)).second) {
      return fail(ErrorCode::BadInput, fmt::format("question \"{}\" occurs twice", id),
                  file.string());
    }
  }
  return recorded;
}

std::vector<Attempt> recorded_attempts(const RecordedFeedback& recorded,
                                       const std::vector<Attempt>& run) {
  std::vector<Attempt> attempts;
  for (const Attempt& like : run) {
    const auto found = recorded.find(like.problem_id.substr(like.problem_id.rfind('/') + 1));
    const auto index = static_cast<std::size_t>(like.index);
    if (found == recorded.end() || index >= found->second.size()) continue;
    const auto& feedback = found->second[index];
    if (!feedback) continue;
    Attempt attempt{.problem_id = like.problem_id, .index = like.index};
    attempt.submission = ExtractedSubmission{submission_of(feedback->code, like), ""};
    attempt.judgements.push_back(judgement_of(*feedback));
    attempts.push_back(std::move(attempt));
  }
  return attempts;
}

}  // namespace eval::evaluator
