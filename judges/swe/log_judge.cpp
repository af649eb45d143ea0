#include "judges/swe/log_judge.h"

#include <fmt/format.h>

#include "base/hash.h"
#include "base/text.h"

namespace eval::judges::swe {
namespace {

// Raised when the same log would be graded differently.
constexpr std::string_view kVersion = "swe-logs-1";

class LogJudge final : public Judge {
 public:
  LogJudge(std::map<std::string, EvaluationFiles> evaluations, Harness harness)
      : evaluations_(std::move(evaluations)), harness_(harness) {}

  Result<Judgement> judge(const problems::Problem& problem, const Submission&,
                          std::stop_token) override {
    const problems::PatchTask* task = EVAL_TRY(task_of(problem));
    const RepositorySpec spec = EVAL_TRY(spec_of(*task));
    const auto files = evaluations_.find(task->instance_id);
    if (files == evaluations_.end()) {
      Judgement judgement;
      judgement.verdict = Verdict::JE;
      judgement.detail = fmt::format("{} \"{}\"", kNoLog, task->instance_id);
      judgement.fingerprint = fingerprint(spec);
      return judgement;
    }
    const Grade graded = EVAL_TRY_IN(grade_files(*task, spec, files->second, harness_), problem.id);
    Judgement judgement = to_judgement(graded);
    judgement.compile_log = join(graded.notes, "\n");
    judgement.fingerprint = fingerprint(spec);
    return judgement;
  }

  Result<std::string> cache_key(const problems::Problem& problem, const Submission&) override {
    const problems::PatchTask* task = EVAL_TRY(task_of(problem));
    ContentHash hash;
    hash.add(kVersion).add(harness_name(harness_)).add(problem.content_hash);
    const auto files = evaluations_.find(task->instance_id);
    if (files == evaluations_.end()) return hash.add("no log").hex();
    for (const fs::path& file :
         {files->second.log, files->second.instance_log, files->second.report}) {
      hash.add(file.empty() ? std::string() : EVAL_TRY(read_file(file)));
    }
    return hash.hex();
  }

 private:
  static Result<const problems::PatchTask*> task_of(const problems::Problem& problem) {
    const auto* task = std::get_if<problems::PatchTask>(&problem.task);
    if (task != nullptr) return task;
    return eval::fail(ErrorCode::Unsupported, "logs of SWE-bench are of patches alone", problem.id);
  }

  std::string fingerprint(const RepositorySpec& spec) const {
    return fmt::format("{}; harness {}; parser {}; eval type {}", kVersion, harness_name(harness_),
                       spec.log_parser, eval_type_name(spec.eval_type));
  }

  const std::map<std::string, EvaluationFiles> evaluations_;
  const Harness harness_;
};

}  // namespace

std::unique_ptr<Judge> make_log_judge(std::map<std::string, EvaluationFiles> evaluations,
                                      Harness harness) {
  return std::make_unique<LogJudge>(std::move(evaluations), harness);
}

}  // namespace eval::judges::swe
