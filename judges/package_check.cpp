#include "judges/package_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "base/files.h"
#include "base/json.h"
#include "base/text.h"
#include "base/yaml.h"
#include "judges/steps/comparison.h"
#include "judges/steps/execute.h"
#include "judges/steps/program.h"

namespace eval::judges {
namespace {

using problems::ProgramTask;
using problems::Testcase;

constexpr int kFaultsShown = 10;
constexpr int kValidatorProcesses = 64;
constexpr std::size_t kShownMessage = 300;

bool is_foreign_validator(const fs::path& path) {
  return path.extension() == ".ctd" || path.extension() == ".viva";
}

// Flags of one settings file: a text, a list, or a mapping from validators to either.
std::optional<std::vector<std::string>> flags_in(const Json& value, const std::string& validator) {
  if (value.is_string()) {
    std::vector<std::string> words;
    const std::string text = value.get<std::string>();
    for (const std::string_view word : split_words(text)) words.emplace_back(word);
    return words;
  }
  if (value.is_array()) {
    std::vector<std::string> words;
    for (const Json& word : value) words.push_back(word.is_string() ? word.get<std::string>() : "");
    return words;
  }
  if (value.is_object()) {
    const Json* own = find_member(value, validator);
    if (own != nullptr) return flags_in(*own, validator);
  }
  return std::nullopt;
}

std::optional<std::vector<std::string>> flags_of_file(const fs::path& path,
                                                      const std::string& validator) {
  const auto text = read_file(path);
  if (!text) return std::nullopt;
  const auto yaml = parse_yaml_leniently(*text, path.string());
  if (!yaml || !yaml->value.is_object()) return std::nullopt;
  for (const char* key : {"input_validator_flags", "input_validator_args"}) {
    const Json* value = find_member(yaml->value, key);
    if (value != nullptr) return flags_in(*value, validator);
  }
  return std::nullopt;
}

// The flags in force for a testcase: its own file's, else those of the nearest folder up to data/.
std::vector<std::string> validator_flags(const Testcase& testcase, const fs::path& data,
                                         const std::string& validator) {
  fs::path own = testcase.input.path;
  own.replace_extension(".yaml");
  if (auto flags = flags_of_file(own, validator)) return *flags;
  for (fs::path folder = own.parent_path(); folder.string().starts_with(data.string());
       folder = folder.parent_path()) {
    for (const char* name : {"testdata.yaml", "test_group.yaml"}) {
      if (auto flags = flags_of_file(folder / name, validator)) return *flags;
    }
  }
  return {};
}

std::string said(const sandbox::ExecutionResult& run) {
  const std::string_view text =
      trim(run.standard_error).empty() ? trim(run.standard_output) : trim(run.standard_error);
  return text.empty() ? std::string{} : ": " + shorten(to_valid_utf8(text), kShownMessage);
}

class DataChecker {
 public:
  DataChecker(const problems::Problem& problem, sandbox::Sandbox& sandbox,
              const Languages& languages, const fs::path& testlib, std::stop_token stop)
      : problem_(problem),
        task_(std::get<ProgramTask>(problem.task)),
        sandbox_(sandbox),
        languages_(languages),
        builder_(sandbox, testlib),
        stop_(std::move(stop)) {}

  Result<DataCheck> check(const DataCheckOptions& options) {
    EVAL_TRY(check_inputs());
    EVAL_TRY(check_answers());
    if (options.generators) EVAL_TRY(check_generators());
    return std::move(found_);
  }

 private:
  struct Validator {
    std::string name;
    std::shared_ptr<const Program> program;
    int accepting_code = 0;
  };

  // The program, or nullptr after it was said why there is none.
  Result<std::shared_ptr<const Program>> build(const fs::path& path,
                                               std::span<const fs::path> support,
                                               std::string_view what) {
    const BuildLimits limits{task_.limits.compile_time, task_.limits.compile_memory};
    auto program = builder_.build_package_program(path, support, languages_, limits, stop_);
    const std::string name = fmt::format("{} {}", what, path.filename().string());
    if (!program) {
      const ErrorCode code = program.error().code;
      const bool is_here = code == ErrorCode::BadInput || code == ErrorCode::Unsupported;
      if (!is_here && code != ErrorCode::Infrastructure) return fail(program.error());
      // A language that is unknown or not installed here says nothing about the package.
      found_.skipped.push_back(fmt::format("{}: {}", name, program.error().what));
      return nullptr;
    }
    if ((*program)->compiled) return *program;
    found_.faults.push_back(fmt::format("{} does not compile: {}", name,
                                        shorten(trim((*program)->log), kShownMessage)));
    return nullptr;
  }

  Result<void> check_inputs() {
    std::vector<Validator> validators;
    for (const problems::InputValidator& validator : task_.input_validators) {
      const fs::path& path = validator.program;
      if (is_foreign_validator(path)) {
        found_.skipped.push_back(fmt::format(
            "input validator {}: {} programs are not run here", path.filename().string(),
            path.extension() == ".ctd" ? "checktestdata" : "viva"));
        continue;
      }
      auto program = EVAL_TRY(build(path, validator.support_files, "input validator"));
      if (program == nullptr) continue;
      validators.push_back({path.stem().string(), std::move(program), validator.accepting_code});
    }
    if (validators.empty()) return {};
    std::map<std::string, int> faults;
    for (const Testcase& testcase : task_.testcases) {
      bool is_valid = true;
      for (const Validator& validator : validators) {
        const std::string& name = validator.name;
        if (faults[name] >= kFaultsShown) continue;
        const std::string fault = EVAL_TRY(run_validator(validator, testcase));
        if (fault.empty()) continue;
        is_valid = false;
        found_.faults.push_back(fault);
        if (++faults[name] == kFaultsShown) {
          found_.faults.push_back(fmt::format("input validator {}: no more is run", name));
        }
      }
      found_.inputs_checked += is_valid ? 1 : 0;
    }
    return {};
  }

  // Empty if the validator accepts the input.
  Result<std::string> run_validator(const Validator& validator, const Testcase& testcase) {
    const Program& program = *validator.program;
    sandbox::Command command;
    command.argv = run_line(program, task_.limits.validation_memory,
                            validator_flags(testcase, problem_.directory / "data", validator.name));
    command.environment = sandbox::box_environment();
    command.files = program.files;
    command.standard_input.host_path = testcase.input.path;
    command.profile = program.profile;
    command.readable_host_paths = program.readable;
    sandbox::Limits box;
    limit_time(box, task_.limits.validation_time);
    box.memory = task_.limits.validation_memory;
    box.processes = kValidatorProcesses;
    const sandbox::ExecutionResult run =
        EVAL_TRY_IN(sandbox_.run(command, box, stop_), "validating " + testcase.name);
    if (run.status == sandbox::RunStatus::Cancelled) {
      return fail(ErrorCode::Cancelled, "validating was cancelled", testcase.name);
    }
    if (run.status == sandbox::RunStatus::Exited && run.exit_code == validator.accepting_code)
      return std::string{};
    const std::string how =
        run.status == sandbox::RunStatus::Exited
            ? fmt::format("exit code {}, not {}", run.exit_code, validator.accepting_code)
            : std::string(sandbox::run_status_name(run.status));
    return fmt::format("input validator {} rejects {} ({}){}", validator.name, testcase.name, how,
                       said(run));
  }

  Result<void> check_answers() {
    const bool is_compared = task_.type == problems::TaskType::Batch ||
                             task_.type == problems::TaskType::TwoSteps ||
                             task_.type == problems::TaskType::BatchAndOutput ||
                             task_.type == problems::TaskType::OutputOnly;
    if (task_.checker.program || !is_compared || task_.is_multi_pass) return {};
    int faults = 0;
    for (const Testcase& testcase : task_.testcases) {
      const std::string answer = EVAL_TRY(read_file(testcase.answer.path));
      const CheckOutcome outcome = compare(task_.checker, testcase, answer, answer);
      if (outcome.verdict == Verdict::AC) {
        found_.answers_checked += 1;
      } else if (++faults <= kFaultsShown) {
        found_.faults.push_back(fmt::format("the answer of {} is {} as an output: {}",
                                            testcase.name, verdict_name(outcome.verdict),
                                            shorten(outcome.message, kShownMessage)));
      }
    }
    return {};
  }

  Result<void> check_generators() {
    const fs::path folder = problem_.directory / "generators";
    std::error_code failed;
    if (!fs::is_directory(folder, failed)) {
      found_.skipped.emplace_back("generators: the package has no generators/");
      return {};
    }
    if (fs::exists(folder / "generators.yaml", failed)) {
      found_.skipped.emplace_back(
          "generators: generators.yaml of BAPCtools is not read; its programs are not run");
      return {};
    }
    for (const std::string& name : EVAL_TRY(list_directory(folder))) {
      const fs::path path = folder / name;
      const bool is_program = fs::is_directory(path, failed) ||
                              languages_.by_file(name, read_file(path).value_or("")) != nullptr;
      if (!is_program) continue;
      const auto program = EVAL_TRY(build(path, {}, "generator"));
      if (program != nullptr) found_.generators_built += 1;
    }
    return {};
  }

  const problems::Problem& problem_;
  const ProgramTask& task_;
  sandbox::Sandbox& sandbox_;
  const Languages& languages_;
  ProgramBuilder builder_;
  std::stop_token stop_;
  DataCheck found_;
};

}  // namespace

Result<DataCheck> check_data(const problems::Problem& problem, sandbox::Sandbox& sandbox,
                             const Languages& languages, const DataCheckOptions& options,
                             std::stop_token stop) {
  if (!std::holds_alternative<ProgramTask>(problem.task)) return DataCheck{};
  return DataChecker(problem, sandbox, languages, options.testlib, std::move(stop)).check(options);
}

std::optional<double> TimeSensitivity::safety_factor() const {
  if (!slowest_accepted || slowest_accepted->count() <= 0) return std::nullopt;
  const std::chrono::microseconds allowed = limit;
  return static_cast<double>(allowed.count()) / static_cast<double>(slowest_accepted->count());
}

void TimeSensitivity::add(const problems::ReferenceSubmission& reference,
                          const Judgement& judgement) {
  std::chrono::microseconds slowest{0};
  const TestResult* slowest_test = nullptr;
  for (const TestResult& test : judgement.tests) {
    if (slowest_test != nullptr && test.cpu_time <= slowest) continue;
    slowest = test.cpu_time;
    slowest_test = &test;
  }
  if (slowest_test == nullptr) return;
  limit = std::max(limit, judgement.time_limit);
  const auto expects = [&](const char* code) {
    return std::find(reference.expected.begin(), reference.expected.end(), code) !=
           reference.expected.end();
  };
  if (reference.expected.size() != 1) return;
  if (expects("AC") && judgement.verdict != Verdict::TLE &&
      (!slowest_accepted || slowest > *slowest_accepted)) {
    slowest_accepted = slowest;
    slowest_name = reference.name;
  }
  if (expects("TLE") && (!fastest_tle || slowest < *fastest_tle)) {
    fastest_tle = slowest;
    fastest_name = reference.name;
    fastest_was_killed = slowest_test->verdict == Verdict::TLE && !slowest_test->untimed_verdict;
  }
}

}  // namespace eval::judges
