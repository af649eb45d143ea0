#include "judges/program_judge.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/hash.h"
#include "base/text.h"
#include "judges/steps/checker.h"
#include "judges/steps/execute.h"
#include "judges/steps/judge_key.h"
#include "judges/steps/program.h"
#include "judges/steps/stability.h"
#include "judges/steps/test_walk.h"
#include "judges/steps/time_limit.h"
#include "judges/steps/verdict_of.h"

// Theory of operation
//
// A submission goes through: prepare (its language, its files with the package's include files) ->
// time limit (stated, or derived from reference submissions by this same path) -> compile in a box ->
// walk the subtask tree. The walk asks back for one testcase at a time: execute in a box, decide by
// how it ended, else check the output, with the package's checker in a box of its own or the default
// one in this process; and again, alone, if the time limit was missed by little. Input, answer and checker are never in one box with the submission.
namespace eval::judges {
namespace {

using problems::Problem;
using problems::ProgramTask;
using problems::Testcase;

// What a person needs to see of a stream; whole outputs are not kept.
constexpr std::size_t kShownOutputBytes = 2048;
constexpr std::size_t kShownErrorBytes = 4096;
constexpr std::size_t kShownMessageBytes = 4096;

std::string shown(std::string_view text, std::size_t bytes) {
  return to_valid_utf8(shorten(text, bytes));
}

// A submission of a language this judge knows, laid out for compiling.
struct Prepared {
  const ProgramTask* task = nullptr;
  const Language* language = nullptr;
  SourceLayout layout;
  std::string refused;  // why it is CE before any compiler is asked; else empty
};

Result<const ProgramTask*> task_of(const Problem& problem) {
  const auto* task = std::get_if<ProgramTask>(&problem.task);
  if (task == nullptr) {
    return fail(ErrorCode::Unsupported,
                fmt::format("problem \"{}\" is a {} task, which the program judge does not judge",
                            problem.id, problems::task_kind_name(problem)));
  }
  if (task->type != problems::TaskType::Batch || task->is_multi_pass) {
    return fail(
        ErrorCode::Unsupported,
        fmt::format("problem \"{}\" is {}, which this version does not judge", problem.id,
                    task->is_multi_pass ? "multi-pass" : problems::task_type_name(task->type)),
        problem.directory.string(), "leave it out with --filter");
  }
  return task;
}

Result<void> add_include_files(const ProgramTask& task, const Language& language,
                               SourceProgram& program) {
  const auto add = [&](const std::vector<fs::path>& files) -> Result<void> {
    for (const fs::path& path : files) {
      const std::string name = path.filename().string();
      // The package's file wins over one of the same name that was handed in.
      std::erase_if(program.files, [&](const SourceFile& file) { return file.name == name; });
      program.files.push_back({name, EVAL_TRY(read_file(path))});
    }
    return {};
  };
  for (const auto& [name, sources] : task.included) {
    if (is_named(language, name)) return add(sources.files);
  }
  const auto found = task.included.find("default");
  return found == task.included.end() ? Result<void>{} : add(found->second.files);
}

std::string why_refused(const ProgramTask& task, const Language& language,
                        const SourceProgram& program) {
  std::uint64_t bytes = 0;
  for (const SourceFile& file : program.files) bytes += file.content.size();
  if (bytes > task.limits.code.count) {
    return fmt::format("the source is {}, the problem allows {}", to_string(Bytes{bytes}),
                       to_string(task.limits.code));
  }
  const bool allowed =
      task.languages.empty() ||
      std::any_of(task.languages.begin(), task.languages.end(),
                  [&](const std::string& name) { return is_named(language, name); });
  if (allowed) return {};
  return fmt::format("the problem does not allow {}; it allows {}", language.name,
                     join(task.languages, ", "));
}

BuildLimits compile_limits(const ProgramTask& task) {
  return {task.limits.compile_time, task.limits.compile_memory};
}

CheckerRules checker_rules(const Problem& problem, const ProgramTask& task) {
  // The 2025-09 format has a default for a missing score.txt; legacy `custom score` demands it.
  const bool required = problem.format_name.find("2025") == std::string::npos;
  return {task.limits, task.checker.gives_score, task.checker.gives_score && required};
}

TestLimits test_limits(const ProgramTask& task, const Judgement& judgement) {
  using problems::TaskType;
  TestLimits limits;
  limits.cpu_time = judgement.time_limit;
  limits.wall_time = wall_limit_for(judgement.time_limit);
  limits.memory = judgement.memory_limit;
  limits.is_timed_once = !task.is_multi_pass &&
                         (task.type == TaskType::Batch || task.type == TaskType::BatchAndOutput ||
                          task.type == TaskType::Interactive || task.type == TaskType::OutputOnly);
  return limits;
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

class ProgramJudgeImpl final : public ProgramJudge {
 public:
  ProgramJudgeImpl(sandbox::Sandbox& sandbox, const Languages& languages,
                   ProgramJudgeOptions options)
      : sandbox_(sandbox),
        languages_(languages),
        options_(std::move(options)),
        builder_(sandbox),
        time_limits_(options_.facts, languages_) {}

  Result<Judgement> judge(const Problem& problem, const Submission& submission,
                          std::stop_token stop) override {
    return judge_submission(problem, submission, terms(options_.run_all_testcases), stop);
  }

  Result<Judgement> judge_with_times(const Problem& problem, const Submission& submission,
                                     const Judgement& earlier, std::stop_token stop) override {
    Terms again = terms(options_.run_all_testcases);
    again.earlier = &earlier;
    return judge_submission(problem, submission, again, stop);
  }

  Result<Judgement> judge_every_testcase(const Problem& problem, const Submission& submission,
                                         std::stop_token stop) override {
    return judge_submission(problem, submission, terms(true), stop);
  }

  Result<std::string> cache_key(const Problem& problem, const Submission& submission) override;

 private:
  // What a judging is asked for besides the submission.
  struct Terms {
    bool run_all = false;
    StabilityRules stability;
    const Judgement* earlier = nullptr;  // whose times may answer; nullptr: none
  };
  Terms terms(bool run_all) const { return {run_all, options_.stability, nullptr}; }

  // One judging: what is the same for all its testcases.
  struct Session {
    const Problem& problem;
    const ProgramTask& task;
    const Program& program;
    const Program* checker;              // nullptr: the default one
    std::chrono::milliseconds cpu_time;  // the kill; may be after the limit
    std::stop_token stop;
    bool alone = false;  // Limits::alone for the submission's programs
  };

  Result<Judgement> judge_submission(const Problem& problem, const Submission& submission,
                                     const Terms& terms, std::stop_token stop);
  Result<Judgement> judge_program(const Problem& problem, const SourceProgram& program,
                                  std::chrono::milliseconds base_limit, const Terms& terms,
                                  std::stop_token stop);
  // run_testcase as often as it takes, or what an earlier judgement knows of it.
  Result<TestRun> run_stable_testcase(const Session& session, const Terms& terms,
                                      const TestLimits& limits, const Testcase& testcase);
  // A judgement with everything but its outcome; CE until something was run.
  Judgement blank_judgement(const Prepared& prepared, std::chrono::milliseconds base_limit) const;
  // nullptr for the default checker.
  Result<std::shared_ptr<const Program>> build_checker(const Problem& problem,
                                                       const ProgramTask& task,
                                                       std::stop_token stop);
  Result<std::chrono::milliseconds> base_limit(const Problem& problem, std::stop_token stop);
  Result<Prepared> prepare(const Problem& problem, const SourceProgram& program) const;
  Result<TestRun> run_testcase(const Session& session, const Testcase& testcase);
  Result<CheckOutcome> check(const Session& session, const Testcase& testcase, std::string output);
  Result<Outcome> grade_with_program(const Session& session, const problems::Subtask& subtask,
                                     std::span<const Outcome> members);

  sandbox::Sandbox& sandbox_;
  const Languages languages_;
  const ProgramJudgeOptions options_;
  ProgramBuilder builder_;
  TimeLimits time_limits_;
};

Result<Prepared> ProgramJudgeImpl::prepare(const Problem& problem,
                                           const SourceProgram& program) const {
  Prepared prepared;
  prepared.task = EVAL_TRY(task_of(problem));
  prepared.language = languages_.find(program.language);
  if (prepared.language == nullptr) {
    return fail(ErrorCode::Unsupported,
                fmt::format("language \"{}\" is not in the language table", program.language));
  }
  prepared.refused = why_refused(*prepared.task, *prepared.language, program);
  SourceProgram whole = program;
  EVAL_TRY(add_include_files(*prepared.task, *prepared.language, whole));
  prepared.layout = lay_out_sources(*prepared.language, whole);
  if (prepared.refused.empty() && prepared.layout.sources.empty()) {
    prepared.refused = fmt::format("no file of the submission is {}", prepared.language->name);
  }
  return prepared;
}

Result<std::chrono::milliseconds> ProgramJudgeImpl::base_limit(const Problem& problem,
                                                               std::stop_token stop) {
  const auto trial = [&](const Problem& timing, const SourceProgram& program,
                         std::stop_token trial_stop) {
    // The times are all that is wanted, and the limit is nobody's.
    return judge_program(timing, program, kTrialTimeLimit, Terms{false, {.reruns_max = 0}, nullptr},
                         trial_stop);
  };
  const std::chrono::milliseconds limit = EVAL_TRY(time_limits_.limit_of(problem, trial, stop));
  return std::chrono::milliseconds(
      std::llround(static_cast<double>(limit.count()) * options_.time_factor));
}

Result<Judgement> ProgramJudgeImpl::judge_submission(const Problem& problem,
                                                     const Submission& submission,
                                                     const Terms& terms, std::stop_token stop) {
  EVAL_TRY(task_of(problem));
  const auto* program = std::get_if<SourceProgram>(&submission);
  if (program == nullptr) {
    return fail(
        ErrorCode::Unsupported,
        fmt::format("problem \"{}\" takes a program, and the submission is none", problem.id));
  }
  const std::chrono::milliseconds limit = EVAL_TRY(base_limit(problem, stop));
  return judge_program(problem, *program, limit, terms, stop);
}

Judgement ProgramJudgeImpl::blank_judgement(const Prepared& prepared,
                                            std::chrono::milliseconds base_limit) const {
  Judgement judgement;
  judgement.verdict = Verdict::CE;
  judgement.language = prepared.language->id;
  judgement.time_limit = time_limit_for(*prepared.task, *prepared.language, base_limit);
  judgement.memory_limit = prepared.task->limits.memory;
  judgement.compile_log = prepared.refused;
  judgement.fingerprint = fmt::format("judge {}; profile {}; box {}", kJudgeVersion,
                                      options_.profile, sandbox_.isolation());
  return judgement;
}

Result<std::shared_ptr<const Program>> ProgramJudgeImpl::build_checker(const Problem& problem,
                                                                       const ProgramTask& task,
                                                                       std::stop_token stop) {
  if (!task.checker.program) return nullptr;
  return EVAL_TRY_IN(
      builder_.build_package_program(*task.checker.program, languages_, compile_limits(task), stop),
      "checker of " + problem.id);
}

Result<Judgement> ProgramJudgeImpl::judge_program(const Problem& problem,
                                                  const SourceProgram& source,
                                                  std::chrono::milliseconds base_limit,
                                                  const Terms& terms, std::stop_token stop) {
  const Prepared prepared = EVAL_TRY(prepare(problem, source));
  const ProgramTask& task = *prepared.task;
  Judgement judgement = blank_judgement(prepared, base_limit);
  if (!prepared.refused.empty()) return judgement;

  const std::shared_ptr<const Program> program =
      EVAL_TRY(builder_.build(*prepared.language, prepared.layout, compile_limits(task), stop));
  judgement.compile_log = program->log;
  judgement.fingerprint +=
      fmt::format("; {} ({})", program->tool, join(prepared.language->compile, " "));
  if (!program->compiled) return judgement;

  const std::shared_ptr<const Program> checker = EVAL_TRY(build_checker(problem, task, stop));
  judgement.fingerprint += checker ? "; checker " + checker->key : "; default checker";
  if (checker && !checker->compiled) {
    judgement.verdict = Verdict::JE;
    judgement.detail = "the checker does not compile: " + shown(checker->log, kShownMessageBytes);
    return judgement;
  }
  const Session session{problem, task, *program, checker.get(), judgement.time_limit, stop};
  const TestLimits limits = test_limits(task, judgement);
  const Terms usable{terms.run_all, terms.stability, usable_times(terms.earlier, judgement)};
  if (usable.earlier != nullptr) judgement.fingerprint += kRecalledNote;
  TestWalk walk(
      task, terms.run_all,
      [&](const Testcase& testcase) {
        return run_stable_testcase(session, usable, limits, testcase);
      },
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

Result<TestRun> ProgramJudgeImpl::run_testcase(const Session& session, const Testcase& testcase) {
  sandbox::ExecutionResult run =
      EVAL_TRY(execute(sandbox_, session.program, session.task.limits, session.cpu_time, testcase,
                       session.alone, session.stop));
  TestRun done;
  TestResult& result = done.result;
  result.testcase = testcase.name;
  result.cpu_time = run.cpu_time;
  result.wall_time = run.wall_time;
  result.memory_peak = run.memory_peak;
  result.run_status = sandbox::run_status_name(run.status);
  result.exit_code = run.exit_code;
  result.signal = run.signal;
  result.standard_error = shown(run.standard_error, kShownErrorBytes);
  result.output_excerpt = shown(run.standard_output, kShownOutputBytes);
  if (const std::optional<Verdict> verdict = verdict_of(run, session.cpu_time)) {
    result.verdict = *verdict;
    if (run.status == sandbox::RunStatus::ForbiddenSyscall) {
      result.checker_message = "forbidden system call " + run.forbidden_syscall;
    }
    return done;
  }
  const CheckOutcome outcome = EVAL_TRY(check(session, testcase, std::move(run.standard_output)));
  result.verdict = outcome.verdict;
  result.points = outcome.points;
  result.checker_message = shown(outcome.message, kShownMessageBytes);
  done.fraction = outcome.fraction;
  return done;
}

Result<CheckOutcome> ProgramJudgeImpl::check(const Session& session, const Testcase& testcase,
                                             std::string output) {
  if (session.checker == nullptr) return check_with_default(testcase, output);
  return check_with_program(sandbox_, *session.checker,
                            checker_rules(session.problem, session.task), testcase,
                            std::move(output), session.stop);
}

Result<Outcome> ProgramJudgeImpl::grade_with_program(const Session& session,
                                                     const problems::Subtask& subtask,
                                                     std::span<const Outcome> members) {
  const std::shared_ptr<const Program> grader =
      EVAL_TRY_IN(builder_.build_package_program(subtask.custom_grader, languages_,
                                                 compile_limits(session.task), session.stop),
                  "grader of " + session.problem.id);
  Outcome failed;
  failed.name = subtask.name;
  failed.verdict = Verdict::JE;
  failed.detail = "the grader does not compile: " + shown(grader->log, kShownMessageBytes);
  if (!grader->compiled) return failed;

  sandbox::Command command;
  command.argv = run_line(*grader, session.task.limits.validation_memory, subtask.grader_flags);
  command.environment = box_environment();
  command.files = grader->files;
  command.standard_input.content = grader_input(members);
  command.profile = grader->profile;
  command.readable_host_paths = grader->readable;
  sandbox::Limits box;
  box.cpu_time = session.task.limits.validation_time;
  box.wall_time = wall_limit_for(box.cpu_time);
  box.memory = session.task.limits.validation_memory;
  const sandbox::ExecutionResult run =
      EVAL_TRY_IN(sandbox_.run(command, box, session.stop), "grading " + subtask.name);
  if (run.status == sandbox::RunStatus::Cancelled) {
    return fail(ErrorCode::Cancelled, "grading was cancelled", subtask.name);
  }
  if (run.status == sandbox::RunStatus::Exited && run.exit_code == 0) {
    return parse_grader_output(subtask, run.standard_output);
  }
  failed.detail = fmt::format("the grader of {} ended with {}, exit code {}: {}", subtask.name,
                              sandbox::run_status_name(run.status), run.exit_code,
                              shown(run.standard_error, kShownMessageBytes));
  return failed;
}

Result<std::string> ProgramJudgeImpl::cache_key(const Problem& problem,
                                                const Submission& submission) {
  const ProgramTask& task = *EVAL_TRY(task_of(problem));
  const auto* source = std::get_if<SourceProgram>(&submission);
  if (source == nullptr) return fail(ErrorCode::Unsupported, "the submission is no program");
  const Prepared prepared = EVAL_TRY(prepare(problem, *source));
  const std::chrono::milliseconds limit = EVAL_TRY(base_limit(problem, {}));
  JudgeKeyParts parts;
  parts.program = EVAL_TRY(builder_.key_of(*prepared.language, prepared.layout));
  parts.refused = prepared.refused;
  parts.time_limit = time_limit_for(task, *prepared.language, limit);
  parts.run_all = options_.run_all_testcases;
  parts.profile = options_.profile;
  parts.stability = fmt::format("{} {} {}", options_.stability.low, options_.stability.high,
                                options_.stability.reruns_max);
  parts.isolation = sandbox_.isolation();
  if (task.checker.program) {
    parts.checker = EVAL_TRY(builder_.package_key_of(*task.checker.program, languages_));
  }
  for (const fs::path& grader : custom_graders(task.root)) {
    parts.graders.push_back(EVAL_TRY(builder_.package_key_of(grader, languages_)));
  }
  return judge_key(problem, task, parts);
}

}  // namespace

std::unique_ptr<Judge> make_program_judge(sandbox::Sandbox& sandbox, const Languages& languages,
                                          ProgramJudgeOptions options) {
  return std::make_unique<ProgramJudgeImpl>(sandbox, languages, std::move(options));
}

}  // namespace eval::judges
