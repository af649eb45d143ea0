#include "judges/swe/log_folder.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "judges/swe/test_report.h"

namespace eval::judges::swe {
namespace {

// A log beyond this is a program that printed without end; the harness's own are a few MiB.
constexpr Bytes kLogMax = Bytes::mib(512);

constexpr const char* kPredictions[] = {"predictions.jsonl", "predictions.json", "all_preds.jsonl",
                                        "preds.jsonl", "preds.json"};

using Ids = std::set<std::string, std::less<>>;

// The member that a file's name says it is, where its folder is named after the instance.
fs::path EvaluationFiles::*member_of(std::string_view name) {
  if (name == "test_output.txt" || name == "eval.log") return &EvaluationFiles::log;
  if (name == "run_instance.log") return &EvaluationFiles::instance_log;
  if (name == "patch.diff" || name == "model.patch") return &EvaluationFiles::patch;
  if (name == "test_report.xml" || name == "junit.xml") return &EvaluationFiles::report;
  return nullptr;
}

// By the ending, where the file is named after the instance.
fs::path EvaluationFiles::*member_of_ending(std::string_view name) {
  if (name.ends_with(".log")) return &EvaluationFiles::log;
  if (name.ends_with(".diff") || name.ends_with(".patch")) return &EvaluationFiles::patch;
  if (name.ends_with(".xml")) return &EvaluationFiles::report;
  return nullptr;
}

// The longest id that is `name` up to one of its dots: ids have dots too ("mrdoob__three.js-25687").
std::optional<std::string> instance_of(std::string_view name, const Ids& ids) {
  for (std::size_t dot = name.rfind('.'); dot != name.npos && dot > 0;
       dot = name.rfind('.', dot - 1)) {
    const auto found = ids.find(name.substr(0, dot));
    if (found != ids.end()) return *found;
  }
  return std::nullopt;
}

std::optional<std::pair<std::string, fs::path EvaluationFiles::*>> place_of(const fs::path& file,
                                                                            const Ids& ids) {
  const std::string name = file.filename().string();
  const std::string folder = file.parent_path().filename().string();
  if (ids.contains(folder)) {
    if (const auto member = member_of(name)) return std::pair(folder, member);
  }
  auto id = instance_of(name, ids);
  const auto member = member_of_ending(name);
  if (!id || member == nullptr) return std::nullopt;
  return std::pair(*std::move(id), member);
}

Result<std::optional<TestResults>> report_of(const problems::PatchTask& task,
                                             const RepositorySpec& spec,
                                             const EvaluationFiles& files, Harness harness) {
  if (files.report.empty()) return std::optional<TestResults>();
  const std::string xml = EVAL_TRY(read_file(files.report, kLogMax));
  ReportNaming naming{.log_parser = spec.log_parser, .harness = harness, .files = {}};
  naming.files = files_of_tests(task.fail_to_pass);
  for (std::string& file : files_of_tests(task.pass_to_pass)) {
    naming.files.push_back(std::move(file));
  }
  return std::optional(EVAL_TRY(read_junit(xml, naming, files.report.string())));
}

}  // namespace

Result<std::map<std::string, EvaluationFiles>> find_evaluations(
    const fs::path& folder, const std::vector<std::string>& instance_ids) {
  const Ids ids(instance_ids.begin(), instance_ids.end());
  std::map<std::string, EvaluationFiles> found;
  std::vector<Error> faults;
  for (const fs::path& file : EVAL_TRY(list_files_recursive(folder))) {
    const auto place = place_of(folder / file, ids);
    if (!place) continue;
    fs::path& member = found[place->first].*place->second;
    if (!member.empty()) {
      faults.push_back(Error{
          ErrorCode::BadInput,
          fmt::format("instance \"{}\" has two files of a kind: \"{}\" and \"{}\"", place->first,
                      member.lexically_relative(folder).string(), file.string()),
          folder.string(),
          "name the folder of one run of one model",
          0,
          {}});
      continue;
    }
    member = folder / file;
  }
  if (!faults.empty()) {
    if (faults.size() > 5) faults.resize(5);  // they are all of one kind
    return eval::fail(combine(std::move(faults)));
  }
  return found;
}

Result<Grade> grade_files(const problems::PatchTask& task, const RepositorySpec& spec,
                          const EvaluationFiles& files, Harness harness) {
  if (files.log.empty() && files.report.empty()) {
    const std::string log = files.instance_log.empty()
                                ? std::string()
                                : EVAL_TRY(read_file(files.instance_log, kLogMax));
    // Without markers this cannot come out as a run of tests.
    return grade(task, spec, {.log = log, .form = LogForm::Markers}, harness);
  }
  const std::string log =
      files.log.empty() ? std::string() : EVAL_TRY(read_file(files.log, kLogMax));
  const std::optional<TestResults> report = EVAL_TRY(report_of(task, spec, files, harness));
  Evidence evidence{.log = log};
  if (report) evidence.report = &*report;
  return grade(task, spec, evidence, harness);
}

std::optional<fs::path> predictions_in(const fs::path& folder) {
  for (const char* name : kPredictions) {
    std::error_code error;
    if (fs::is_regular_file(folder / name, error)) return folder / name;
  }
  return std::nullopt;
}

}  // namespace eval::judges::swe
