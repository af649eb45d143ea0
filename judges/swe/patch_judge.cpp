#include "judges/swe/patch_judge.h"

#include <fmt/format.h>

#include "base/hash.h"
#include "base/text.h"

namespace eval::judges::swe {
namespace {

// Raised when the same patch would be judged differently.
constexpr std::string_view kVersion = "swe-bench-2";
// Of the log that a judgement keeps: beginning and end.
constexpr std::size_t kLogKeptBytes = 512 * 1024;

std::string log_of(const Evaluation& evaluation) {
  std::string log;
  if (evaluation.applied) log += fmt::format("patch: {}\n", apply_method_name(*evaluation.applied));
  for (const std::string& file : evaluation.restored) {
    log += fmt::format("restored: {} (decides how tests run; the patch had touched it)\n", file);
  }
  for (const std::string& removed : evaluation.history_removed)
    log += fmt::format("removed: {}\n", removed);
  for (const std::string& note : evaluation.grade.notes) log += fmt::format("note: {}\n", note);
  return log + to_valid_utf8(shorten(evaluation.log, kLogKeptBytes));
}

class PatchJudge final : public Judge {
 public:
  PatchJudge(std::shared_ptr<EnvironmentSource> source, EvaluationOptions options,
             KeepCost keep_cost)
      : source_(std::move(source)),
        options_(std::move(options)),
        keep_cost_(std::move(keep_cost)) {}

  Result<Judgement> judge(const problems::Problem& problem, const Submission& submission,
                          std::stop_token stop) override {
    const problems::PatchTask* task = EVAL_TRY(task_of(problem));
    const std::string* diff = EVAL_TRY(diff_of(problem, submission));
    const RepositorySpec spec = EVAL_TRY(spec_of(*task));
    if (trim(*diff).empty()) {
      Judgement judgement = to_judgement(empty_patch_grade(*task));
      judgement.fingerprint = fingerprint(spec, "");
      return judgement;
    }
    std::unique_ptr<Environment> environment = EVAL_TRY(source_->open(problem, stop));
    EvaluationOptions options = options_;
    options.test_commands = EVAL_TRY(source_->test_commands_of(problem));
    if (!options.test_commands.empty()) options.install = false;
    const auto start = std::chrono::steady_clock::now();
    auto evaluation = evaluate(*task, spec, *diff, *environment, options, stop);
    if (!evaluation) return broken_environment(spec, *environment, std::move(evaluation).error());
    if (keep_cost_ && evaluation->test_wall_time.count() > 0) {
      keep_cost_(problem, {std::chrono::duration_cast<std::chrono::milliseconds>(
                               std::chrono::steady_clock::now() - start),
                           evaluation->memory_peak});
    }
    Judgement judgement = to_judgement(evaluation->grade);
    judgement.compile_log = log_of(*evaluation);
    judgement.time_limit = options.test_time;
    judgement.memory_limit = options.memory;
    judgement.fingerprint =
        fmt::format("{}; {}", fingerprint(spec, evaluation->environment), evaluation->isolation);
    return judgement;
  }

  Result<std::string> cache_key(const problems::Problem& problem,
                                const Submission& submission) override {
    const problems::PatchTask* task = EVAL_TRY(task_of(problem));
    const std::string* diff = EVAL_TRY(diff_of(problem, submission));
    const RepositorySpec spec = EVAL_TRY(spec_of(*task));
    ContentHash hash;
    hash.add(kVersion)
        .add(harness_name(options_.harness))
        .add(EVAL_TRY(source_->identity_of(problem)));
    hash.add(problem.content_hash).add(*diff).add(task->test_patch).add(spec.log_parser);
    hash.add(fmt::format("{} {} {}", options_.test_time.count(), options_.memory.count,
                         options_.processes));
    for (const auto* commands : {&spec.install, &spec.build, &spec.eval_commands, &spec.test}) {
      hash.add("commands");
      for (const std::string& command : *commands) hash.add(command);
    }
    return hash.hex();
  }

 private:
  static Result<const problems::PatchTask*> task_of(const problems::Problem& problem) {
    if (const auto* task = std::get_if<problems::PatchTask>(&problem.task)) return task;
    return fail(ErrorCode::Unsupported, "this judge takes patches alone", problem.id);
  }

  static Result<const std::string*> diff_of(const problems::Problem& problem,
                                            const Submission& submission) {
    if (const auto* patch = std::get_if<Patch>(&submission)) return &patch->diff;
    return fail(ErrorCode::Unsupported, "the submission is no patch", problem.id);
  }

  // What the instance's own environment or test patch does wrong is nobody's machine's fault.
  Result<Judgement> broken_environment(const RepositorySpec& spec, const Environment& environment,
                                       Error error) const {
    if (error.code == ErrorCode::Cancelled || error.code == ErrorCode::Io)
      return fail(std::move(error));
    Judgement judgement;
    judgement.verdict = Verdict::JE;
    judgement.detail = error.what;
    judgement.compile_log = describe(error);
    judgement.fingerprint = fingerprint(spec, environment.identity());
    return judgement;
  }

  std::string fingerprint(const RepositorySpec& spec, const std::string& environment) const {
    return fmt::format("{}; harness {}; parser {}; environment {}", kVersion,
                       harness_name(options_.harness), spec.log_parser,
                       environment.empty() ? "none" : environment);
  }

  const std::shared_ptr<EnvironmentSource> source_;
  const EvaluationOptions options_;
  const KeepCost keep_cost_;
};

}  // namespace

std::unique_ptr<Judge> make_patch_judge(std::shared_ptr<EnvironmentSource> source,
                                        EvaluationOptions options, KeepCost keep_cost) {
  return std::make_unique<PatchJudge>(std::move(source), std::move(options), std::move(keep_cost));
}

}  // namespace eval::judges::swe
