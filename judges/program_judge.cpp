#include "judges/program_judge.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cmath>

#include "base/hash.h"
#include "base/text.h"
#include "judges/steps/execute.h"
#include "judges/steps/judge_key.h"
#include "judges/steps/prepare.h"
#include "judges/steps/program.h"
#include "judges/steps/run_testcase.h"
#include "judges/steps/session.h"
#include "judges/steps/stability.h"
#include "judges/steps/test_ahead.h"
#include "judges/steps/test_walk.h"
#include "judges/steps/time_limit.h"

// Theory of operation
//
// A submission goes through: prepare (its language, its files with the package's grader or include
// files) -> time limit (stated, or derived from reference submissions by this same path) -> compile in
// a box, and the package's checker and interactor too -> walk the subtask tree. The walk asks back for
// one testcase at a time (run_testcase.h): the submission meets it as the task type says, alone or
// with an interactor, each program in a box of its own; how the runs ended decides, else the checker,
// in yet another box, or a comparison in this process; and again, alone, if the time limit was missed
// by little. Input, answer, checker and interactor are never
// in one box with the submission. Outputs that were handed in go straight to the walk.
namespace eval::judges {
namespace {

using problems::Problem;
using problems::ProgramTask;
using problems::TaskType;
using problems::Testcase;

// Of what a package's program said, in a message.
constexpr std::size_t kShownMessageBytes = 4096;

std::string shown(std::string_view text) {
  return to_valid_utf8(shorten(text, kShownMessageBytes));
}

bool takes_outputs(const ProgramTask& task) {
  return task.type == TaskType::OutputOnly || task.type == TaskType::BatchAndOutput;
}

bool needs_interactor(const ProgramTask& task) {
  return task.type == TaskType::Interactive || task.type == TaskType::Communication;
}

// Ends the fingerprint of a judgement that did not run everything itself.
constexpr std::string_view kRecalledNote = "; times of an earlier judgement";

// `earlier` if its times are of a program judged in the same way.
const Judgement* usable_times(const Judgement* earlier, const Judgement& now) {
  if (earlier == nullptr) return nullptr;
  std::string_view fingerprint = earlier->fingerprint;
  if (fingerprint.ends_with(kRecalledNote)) fingerprint.remove_suffix(kRecalledNote.size());
  const bool usable = fingerprint == now.fingerprint && earlier->memory_limit == now.memory_limit &&
                      earlier->language == now.language;
  return usable ? earlier : nullptr;
}

// A time limit that is derived depends on how the submissions that set it are compiled.
FactCache facts_of_profile(const ProgramJudgeOptions& options) {
  if (options.profile == "default" || !options.facts.find || !options.facts.keep) {
    return options.facts;
  }
  const std::string prefix = "profile " + options.profile + ":";
  return {
      .find = [prefix,
               find = options.facts.find](const std::string& key) { return find(prefix + key); },
      .keep = [prefix, keep = options.facts.keep](
                  const std::string& key, const std::string& value) { keep(prefix + key, value); }};
}

class ProgramJudgeImpl final : public ProgramJudge {
 public:
  ProgramJudgeImpl(sandbox::Sandbox& sandbox, const Languages& languages,
                   ProgramJudgeOptions options)
      : sandbox_(sandbox),
        languages_(languages),
        package_languages_(options.profile == "default" ? languages : Languages::built_in()),
        options_(std::move(options)),
        idle_boxes_(options_.boxes),
        builder_(sandbox, options_.testlib, options_.warm_interpreters),
        time_limits_(facts_of_profile(options_), languages_) {}

  Result<Judgement> judge(const Problem& problem, const Submission& submission,
                          std::stop_token stop) override {
    return judge_in_box(problem, submission, terms(options_.run_all_testcases), stop);
  }

  Result<Judgement> judge_with_times(const Problem& problem, const Submission& submission,
                                     const Judgement& earlier, std::stop_token stop) override {
    Terms again = terms(options_.run_all_testcases);
    again.earlier = &earlier;
    return judge_in_box(problem, submission, again, stop);
  }

  Result<Judgement> judge_every_testcase(const Problem& problem, const Submission& submission,
                                         std::stop_token stop) override {
    return judge_in_box(problem, submission, terms(true), stop);
  }

  Result<std::string> cache_key(const Problem& problem, const Submission& submission) override;

 private:
  // What a judging is asked for besides the submission.
  struct Terms {
    bool run_all = false;
    StabilityRules stability;
    const Judgement* earlier = nullptr;  // whose times may answer; nullptr: none
    bool ahead = true;                   // idle boxes may run testcases meanwhile
  };
  Terms terms(bool run_all) const {
    return {run_all, options_.stability, nullptr, options_.boxes > 1};
  }

  // The package's own programs that a judging needs; those that are not needed are nullptr.
  struct PackagePrograms {
    std::shared_ptr<const Program> checker;
    std::shared_ptr<const Program> interactor;
  };

  // judge_submission(), counted as one that needs a box meanwhile.
  Result<Judgement> judge_in_box(const Problem& problem, const Submission& submission,
                                 const Terms& terms, std::stop_token stop) {
    idle_boxes_.take();
    Result<Judgement> judgement = judge_submission(problem, submission, terms, stop);
    idle_boxes_.give_back();
    return judgement;
  }
  Result<Judgement> judge_submission(const Problem& problem, const Submission& submission,
                                     const Terms& terms, std::stop_token stop);
  Result<Judgement> judge_program(const Problem& problem, const SourceProgram& program,
                                  std::chrono::milliseconds base_limit, const Terms& terms,
                                  std::stop_token stop);
  Result<Judgement> judge_outputs(const Problem& problem, const OutputFiles& outputs,
                                  const Terms& terms, std::stop_token stop);
  // Runs and grades everything; `judgement` holds what is known before.
  Result<Judgement> judge_testcases(Session session, const Terms& terms, Judgement judgement);
  // run_testcase as often as it takes, or what an earlier judgement knows of it.
  static Result<TestRun> run_stable_testcase(const Session& session, const Terms& terms,
                                             const TestLimits& limits, const Testcase& testcase);
  // prepare(), where a language that the profile does not have is refused.
  Result<Prepared> prepare_here(const Problem& problem, const SourceProgram& source) const;
  // A judgement with everything but its outcome; CE until something was run.
  Judgement blank_judgement(const ProgramTask& task) const;
  Result<PackagePrograms> build_package_programs(const Problem& problem, const ProgramTask& task,
                                                 std::stop_token stop);
  Result<std::chrono::milliseconds> base_limit(const Problem& problem, std::stop_token stop);
  Result<Outcome> grade_with_program(const Session& session, const problems::Subtask& subtask,
                                     std::span<const Outcome> members);

  sandbox::Sandbox& sandbox_;
  const Languages languages_;
  // Of checkers, interactors and graders, which are no contestants.
  const Languages package_languages_;
  const ProgramJudgeOptions options_;
  IdleBoxes idle_boxes_;
  ProgramBuilder builder_;
  TimeLimits time_limits_;
};

Result<Prepared> ProgramJudgeImpl::prepare_here(const Problem& problem,
                                                const SourceProgram& source) const {
  const Language* elsewhere = Languages::built_in().find(source.language);
  const bool is_foreign = languages_.find(source.language) == nullptr && elsewhere != nullptr;
  if (!is_foreign || options_.profile == "default") return prepare(problem, source, languages_);
  Prepared prepared;
  prepared.task = EVAL_TRY(program_task_of(problem));
  prepared.language = elsewhere;
  prepared.refused =
      fmt::format("the profile {} does not have {}", options_.profile, elsewhere->name);
  return prepared;
}

Result<std::chrono::milliseconds> ProgramJudgeImpl::base_limit(const Problem& problem,
                                                               std::stop_token stop) {
  const auto trial = [&](const Problem& timing, const SourceProgram& program,
                         std::stop_token trial_stop) {
    // The times are all that is wanted, and the limit is nobody's.
    return judge_program(timing, program, kTrialTimeLimit,
                         Terms{false, {.reruns_max = 0}, nullptr, false}, trial_stop);
  };
  const std::chrono::milliseconds limit = EVAL_TRY(time_limits_.limit_of(problem, trial, stop));
  return std::chrono::milliseconds(
      std::llround(static_cast<double>(limit.count()) * options_.time_factor));
}

Result<Judgement> ProgramJudgeImpl::judge_submission(const Problem& problem,
                                                     const Submission& submission,
                                                     const Terms& terms, std::stop_token stop) {
  const ProgramTask& task = *EVAL_TRY(program_task_of(problem));
  if (const auto* outputs = std::get_if<OutputFiles>(&submission); outputs && takes_outputs(task)) {
    return judge_outputs(problem, *outputs, terms, stop);
  }
  const auto* program = std::get_if<SourceProgram>(&submission);
  if (program == nullptr || task.type == TaskType::OutputOnly) {
    return fail(ErrorCode::Unsupported,
                fmt::format("problem \"{}\" takes {}, and the submission is none", problem.id,
                            task.type == TaskType::OutputOnly ? "output files" : "a program"));
  }
  const std::chrono::milliseconds limit = EVAL_TRY(base_limit(problem, stop));
  return judge_program(problem, *program, limit, terms, stop);
}

Judgement ProgramJudgeImpl::blank_judgement(const ProgramTask& task) const {
  Judgement judgement;
  judgement.verdict = Verdict::CE;
  judgement.memory_limit = task.limits.memory;
  judgement.fingerprint = fmt::format("judge {}; profile {}; box {}", kJudgeVersion,
                                      options_.profile, sandbox_.isolation());
  return judgement;
}

Result<ProgramJudgeImpl::PackagePrograms> ProgramJudgeImpl::build_package_programs(
    const Problem& problem, const ProgramTask& task, std::stop_token stop) {
  PackagePrograms programs;
  const auto build = [&](const fs::path& path, const std::vector<fs::path>& support,
                         std::string_view what) -> Result<std::shared_ptr<const Program>> {
    return EVAL_TRY_IN(builder_.build_package_program(path, support, package_languages_,
                                                      compile_limits(task), stop),
                       fmt::format("{} of {}", what, problem.id));
  };
  if (has_checker(task) && task.checker.program) {
    programs.checker =
        EVAL_TRY(build(*task.checker.program, task.checker.support_files, "checker"));
  }
  if (needs_interactor(task)) {
    programs.interactor =
        EVAL_TRY(build(task.interactor->program, task.interactor->support_files, "interactor"));
  }
  return programs;
}

Result<Judgement> ProgramJudgeImpl::judge_program(const Problem& problem,
                                                  const SourceProgram& source,
                                                  std::chrono::milliseconds base_limit,
                                                  const Terms& terms, std::stop_token stop) {
  const Prepared prepared = EVAL_TRY(prepare_here(problem, source));
  const ProgramTask& task = *prepared.task;
  Judgement judgement = blank_judgement(task);
  judgement.language = prepared.language->id;
  judgement.time_limit = time_limit_for(task, *prepared.language, base_limit);
  judgement.compile_log = prepared.refused;
  if (!prepared.refused.empty()) return judgement;

  const std::shared_ptr<const Program> program =
      EVAL_TRY(builder_.build(*prepared.language, prepared.layout, compile_limits(task), stop));
  judgement.compile_log = program->log;
  judgement.fingerprint +=
      fmt::format("; {} ({})", program->tool, join(prepared.language->compile, " "));
  if (program->starts_warm) judgement.fingerprint += "; begun warm";
  if (!program->compiled) return judgement;
  Session session{sandbox_, problem, task};
  session.program = program.get();
  session.cpu_time = judgement.time_limit;
  session.stop = stop;
  return judge_testcases(std::move(session), terms, std::move(judgement));
}

Result<Judgement> ProgramJudgeImpl::judge_outputs(const Problem& problem,
                                                  const OutputFiles& outputs, const Terms& terms,
                                                  std::stop_token stop) {
  const ProgramTask& task = *EVAL_TRY(program_task_of(problem));
  Session session{sandbox_, problem, task};
  session.outputs = &outputs;
  session.stop = stop;
  return judge_testcases(std::move(session), terms, blank_judgement(task));
}

Result<Judgement> ProgramJudgeImpl::judge_testcases(Session session, const Terms& terms,
                                                    Judgement judgement) {
  const Problem& problem = session.problem;
  const PackagePrograms programs =
      EVAL_TRY(build_package_programs(problem, session.task, session.stop));
  judgement.fingerprint +=
      programs.checker ? "; checker " + programs.checker->key : "; default checker";
  if (programs.interactor) judgement.fingerprint += "; interactor " + programs.interactor->key;
  for (const auto& [program, name] : {std::pair(programs.checker.get(), "checker"),
                                      std::pair(programs.interactor.get(), "interactor")}) {
    if (program == nullptr || program->compiled) continue;
    judgement.verdict = Verdict::JE;
    judgement.detail = fmt::format("the {} does not compile: {}", name, shown(program->log));
    return judgement;
  }
  session.checker = programs.checker.get();
  session.interactor = programs.interactor.get();
  std::atomic<bool> fifos_are_swapped{false};
  session.fifos_are_swapped = &fifos_are_swapped;
  const TestLimits limits = test_limits(session.task, judgement);
  Terms usable = terms;
  usable.earlier = usable_times(terms.earlier, judgement);
  if (usable.earlier != nullptr) judgement.fingerprint += kRecalledNote;
  TestAhead tests(
      usable.ahead ? walk_order(session.task) : std::vector<const Testcase*>(),
      static_cast<std::size_t>(options_.boxes), idle_boxes_,
      [&](const Testcase& testcase, std::stop_token stop) {
        Session here = session;
        here.stop = std::move(stop);
        return run_stable_testcase(here, usable, limits, testcase);
      },
      session.stop);
  TestWalk walk(
      session.task, terms.run_all, [&](const Testcase& testcase) { return tests.take(testcase); },
      [&](const problems::Subtask& subtask, std::span<const Outcome> members) {
        return grade_with_program(session, subtask, members);
      });
  const Outcome root = EVAL_TRY_IN(walk.walk(judgement), problem.id);
  conclude(problem, root, judgement);
  return judgement;
}

Result<TestRun> ProgramJudgeImpl::run_stable_testcase(const Session& session, const Terms& terms,
                                                      const TestLimits& limits,
                                                      const Testcase& testcase) {
  // Nothing of outputs that were handed in is timed.
  if (session.program == nullptr) return run_testcase(session, testcase);
  if (terms.earlier != nullptr) {
    const std::vector<TestResult>& known = terms.earlier->tests;
    const auto found = std::find_if(known.begin(), known.end(), [&](const TestResult& test) {
      return test.testcase == testcase.name;
    });
    const bool plain = !session.task.is_scoring || !session.task.checker.gives_score;
    const auto recalled = found == known.end() ? std::nullopt
                                               : recall(*found, terms.stability, limits,
                                                        plain && found->verdict != Verdict::PC);
    if (recalled) return *recalled;
  }
  return run_stably(terms.stability, limits, [&](const RunTerms& run) {
    Session once = session;
    once.cpu_time = run.cpu_time;
    once.alone = run.alone;
    return run_testcase(once, testcase);
  });
}

Result<Outcome> ProgramJudgeImpl::grade_with_program(const Session& session,
                                                     const problems::Subtask& subtask,
                                                     std::span<const Outcome> members) {
  const std::shared_ptr<const Program> grader =
      EVAL_TRY_IN(builder_.build_package_program(subtask.custom_grader, {}, package_languages_,
                                                 compile_limits(session.task), session.stop),
                  "grader of " + session.problem.id);
  Outcome failed;
  failed.name = subtask.name;
  failed.verdict = Verdict::JE;
  failed.detail = "the grader does not compile: " + shown(grader->log);
  if (!grader->compiled) return failed;

  sandbox::Command command;
  command.argv = run_line(*grader, session.task.limits.validation_memory, subtask.grader_flags);
  command.environment = sandbox::box_environment();
  command.files = grader->files;
  command.standard_input.content = grader_input(members);
  command.profile = grader->profile;
  command.readable_host_paths = grader->readable;
  sandbox::Limits box;
  limit_time(box, session.task.limits.validation_time);
  box.memory = session.task.limits.validation_memory;
  const sandbox::ExecutionResult run =
      EVAL_TRY_IN(sandbox_.run(command, box, session.stop), "grading " + subtask.name);
  if (run.status == sandbox::RunStatus::Cancelled) {
    return fail(ErrorCode::Cancelled, "grading was cancelled", subtask.name);
  }
  if (run.status == sandbox::RunStatus::Exited && run.exit_code == 0) {
    return parse_grader_output(subtask, run.standard_output);
  }
  failed.detail =
      fmt::format("the grader of {} ended with {}, exit code {}: {}", subtask.name,
                  sandbox::run_status_name(run.status), run.exit_code, shown(run.standard_error));
  return failed;
}

Result<std::string> ProgramJudgeImpl::cache_key(const Problem& problem,
                                                const Submission& submission) {
  const ProgramTask& task = *EVAL_TRY(program_task_of(problem));
  JudgeKeyParts parts;
  parts.run_all = options_.run_all_testcases;
  parts.profile = options_.profile;
  parts.stability = fmt::format("{} {} {}", options_.stability.low, options_.stability.high,
                                options_.stability.reruns_max);
  parts.isolation = sandbox_.isolation();
  if (const auto* source = std::get_if<SourceProgram>(&submission)) {
    const Prepared prepared = EVAL_TRY(prepare_here(problem, *source));
    const std::chrono::milliseconds limit = EVAL_TRY(base_limit(problem, {}));
    // What is refused is never compiled, perhaps because there is nothing to compile it with.
    if (prepared.refused.empty()) {
      parts.program = EVAL_TRY(builder_.key_of(*prepared.language, prepared.layout));
    }
    parts.refused = prepared.refused;
    parts.time_limit = time_limit_for(task, *prepared.language, limit);
  } else if (const auto* outputs = std::get_if<OutputFiles>(&submission)) {
    parts.program = key_of_outputs(*outputs);
  } else {
    return fail(ErrorCode::Unsupported, "the submission is neither a program nor outputs");
  }
  if (has_checker(task) && task.checker.program) {
    parts.checker = EVAL_TRY(builder_.package_key_of(
        *task.checker.program, task.checker.support_files, package_languages_));
  }
  if (needs_interactor(task)) {
    parts.interactor = EVAL_TRY(builder_.package_key_of(
        task.interactor->program, task.interactor->support_files, package_languages_));
  }
  for (const fs::path& grader : custom_graders(task.root)) {
    parts.graders.push_back(EVAL_TRY(builder_.package_key_of(grader, {}, package_languages_)));
  }
  return judge_key(problem, task, parts);
}

}  // namespace

std::unique_ptr<Judge> make_program_judge(sandbox::Sandbox& sandbox, const Languages& languages,
                                          ProgramJudgeOptions options) {
  return std::make_unique<ProgramJudgeImpl>(sandbox, languages, std::move(options));
}

}  // namespace eval::judges
