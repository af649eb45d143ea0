// Theory of operation: every attack is built and run exactly as a submission is, by ProgramBuilder and
// the sandbox, and is told by its environment where the bait lies (selftest_prey.h). It says itself
// whether it got what it wanted ("ESCAPED"), and the secret of the bait in anything that comes out of
// the box says so too. Then an honest program runs in the same pool, and the machine is compared with
// how it was before.
#include "evaluator/selftest.h"

#include <fmt/format.h>

#include <algorithm>
#include <thread>

#include "base/text.h"
#include "evaluator/selftest_prey.h"
#include "judges/steps/execute.h"
#include "judges/steps/program.h"

namespace eval::evaluator {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// The sandbox promises the wall limit plus one second; the rest is for a loaded machine.
constexpr milliseconds kLateness{5000};
constexpr std::size_t kDetailBytes = 300;

// What an attack did, whatever its kind.
struct Ending {
  std::string status;
  std::string standard_output;
  std::string other_text;  // standard error, compiler log
  std::map<std::string, std::string> outputs;
  int exit_code = 0;
};

std::string visible(std::string_view text) {
  std::string safe;
  for (const char c : to_valid_utf8(shorten(text, kDetailBytes))) {
    const auto byte = static_cast<unsigned char>(c);
    // Bytes from 0x80 are parts of valid UTF-8 here, but C1 control characters are among them.
    if (byte < 0x20 || byte == 0x7F || byte == 0xC2) {
      safe += c == '\n' ? " | " : fmt::format("\\x{:02x}", byte);
    } else {
      safe += c;
    }
  }
  return safe;
}

// What `text` has that it must not have, or "".
std::string find_leak(std::string_view text, const AttackExpectation& expect, const Bait& bait,
                      std::string_view where) {
  if (text.find(bait.secret()) != std::string_view::npos) {
    return fmt::format("the secret of the bait is in {}", where);
  }
  for (const std::string& word : expect.never_has) {
    const std::size_t at = text.find(word);
    if (at == std::string_view::npos) continue;
    const std::string_view line = text.substr(at, text.find('\n', at) - at);
    return fmt::format("\"{}\" in {}", line, where);
  }
  return {};
}

// Why `ending` is not what `attack` expects, or "". The gravest reason first.
std::string judge_ending(const Attack& attack, const Ending& ending, const Bait& bait) {
  const AttackExpectation& expect = attack.expect;
  std::string leak = find_leak(ending.standard_output, expect, bait, "its output");
  if (leak.empty()) leak = find_leak(ending.other_text, expect, bait, "its messages");
  for (const auto& [name, content] : ending.outputs) {
    if (leak.empty()) leak = find_leak(content, expect, bait, "the copied file " + name);
    if (leak.empty() && expect.no_outputs) leak = fmt::format("{} was copied out", name);
  }
  if (!leak.empty()) return leak;
  if (std::find(expect.status.begin(), expect.status.end(), ending.status) == expect.status.end()) {
    return fmt::format("ended as {}, not {}: {}{}", ending.status, join(expect.status, " or "),
                       ending.standard_output, ending.other_text);
  }
  if (ending.status != "exited") return {};
  if (expect.exit_code && ending.exit_code != *expect.exit_code) {
    return fmt::format("exit code {}, not {}", ending.exit_code, *expect.exit_code);
  }
  if (ending.standard_output.find(expect.stdout_has) == std::string::npos) {
    return fmt::format("exit code {}, and it does not say {}: {}", ending.exit_code,
                       expect.stdout_has, ending.standard_output + ending.other_text);
  }
  return {};
}

class Selftest {
 public:
  Selftest(sandbox::Sandbox& sandbox, const judges::Languages& languages,
           const SelftestOptions& options, const Bait& bait)
      : sandbox_(sandbox),
        languages_(languages),
        options_(options),
        bait_(bait),
        builder_(sandbox, {}) {}

  // Builds the honest program and runs it in both views, so that boxes exist before the first look at
  // the machine.
  Result<void> prepare() {
    const judges::Language* c = languages_.find("c");
    if (c == nullptr) return fail(ErrorCode::Unsupported, "the selftest needs the language c");
    judges::SourceProgram source;
    source.language = c->id;
    source.files.push_back({"honest.c", EVAL_TRY(read_honest())});
    honest_ = EVAL_TRY(builder_.build(*c, judges::lay_out_sources(*c, source), {}, options_.stop));
    if (!honest_->compiled) {
      return fail(ErrorCode::Infrastructure, "the honest program of the selftest does not compile",
                  {}, visible(honest_->log));
    }
    for (const auto profile : {sandbox::Profile::Native, sandbox::Profile::Managed}) {
      const std::string fault = run_honest(profile);
      if (!fault.empty()) {
        return fail(ErrorCode::Infrastructure, "the sandbox cannot run an honest program: " + fault,
                    {}, "`evalctl doctor` says what is missing");
      }
    }
    before_ = read_machine_state();
    return {};
  }

  AttackResult carry_out(const Attack& attack) {
    AttackResult result;
    result.name = attack.name;
    result.tries = attack.tries;
    result.must_stop = attack.must_stop;
    const judges::Language* language = languages_.find(attack.language);
    if (language == nullptr) {
      result.detail = fmt::format("the language \"{}\" is not known", attack.language);
      return result;
    }
    const auto tool = builder_.tool_of(*language);
    if (!tool) {
      result.detail = tool.error().what;
      return result;
    }
    std::string fault = attempt(attack, *language, result);
    if (fault.empty()) fault = look_after(attack);
    result.outcome = fault.empty() ? AttackOutcome::Held : AttackOutcome::NotHeld;
    result.detail = visible(fault);
    return result;
  }

 private:
  Result<std::string> read_honest() {
    return read_file(options_.folder / "honest.c", Bytes::mib(1));
  }

  // "" if the attack was held, else why not.
  std::string attempt(const Attack& attack, const judges::Language& language,
                      AttackResult& result) {
    const auto layout = lay_out(attack, language);
    if (!layout) return describe(layout.error());
    const judges::BuildLimits limits =
        attack.kind == AttackKind::Compile
            ? judges::BuildLimits{attack.limits.cpu_time, attack.limits.memory}
            : judges::BuildLimits{};
    const auto started = steady_clock::now();
    const auto program = builder_.build(language, *layout, limits, options_.stop);
    const auto took = steady_clock::now() - started;
    if (!program) return "the sandbox failed: " + describe(program.error());
    if (attack.kind == AttackKind::Compile) {
      result.wall_time = std::chrono::duration_cast<std::chrono::microseconds>(took);
      return judge_compilation(attack, **program, took, result);
    }
    if (!(*program)->compiled) return "the attack does not compile: " + (*program)->log;
    switch (attack.kind) {
      case AttackKind::Pair:
        return run_pair(attack, **program, result);
      case AttackKind::Together:
        return run_together(attack, **program, result);
      case AttackKind::Run:
      case AttackKind::Compile:
        break;
    }
    return run_once(attack, **program, {}, result);
  }

  Result<judges::SourceLayout> lay_out(const Attack& attack, const judges::Language& language) {
    judges::SourceProgram source;
    source.language = language.id;
    source.files.push_back({attack.source.filename().string(),
                            bait_.fill(EVAL_TRY(read_file(attack.source, Bytes::mib(1))))});
    const fs::path header = options_.folder / "attack.h";
    std::error_code missing;
    if (language.run_profile == sandbox::Profile::Native && fs::exists(header, missing)) {
      source.files.push_back({"attack.h", EVAL_TRY(read_file(header, Bytes::mib(1)))});
    }
    return judges::lay_out_sources(language, source);
  }

  std::string judge_compilation(const Attack& attack, const judges::Program& program,
                                steady_clock::duration took, AttackResult& result) {
    Ending ending;
    ending.status = program.compiled ? "compiled" : "rejected";
    ending.other_text = program.log;
    result.status = ending.status;
    for (const sandbox::InputFile& file : program.files) {
      if (file.source.host_path.empty()) continue;
      if (auto content = read_file(file.source.host_path)) ending.outputs[file.name] = *content;
    }
    std::string fault = judge_ending(attack, ending, bait_);
    // ProgramBuilder's own rule for wall time.
    if (fault.empty() && took > 2 * attack.limits.cpu_time + milliseconds(10'000) + kLateness) {
      fault = "the compiler was not stopped in time";
    }
    return fault;
  }

  Result<sandbox::ExecutionResult> execute(const Attack& attack, const judges::Program& program,
                                           const std::vector<std::string>& arguments) {
    sandbox::Command command;
    command.argv = judges::run_line(program, attack.limits.memory, arguments);
    command.environment = sandbox::box_environment();
    command.environment.insert(bait_.environment().begin(), bait_.environment().end());
    command.files = program.files;
    command.standard_input.content = "input\n";
    command.outputs = attack.outputs;
    command.profile = attack.profile;
    return sandbox_.run(command, attack.limits, options_.stop);
  }

  std::string run_once(const Attack& attack, const judges::Program& program,
                       const std::vector<std::string>& arguments, AttackResult& result) {
    const auto started = steady_clock::now();
    auto run = execute(attack, program, arguments);
    const auto took = steady_clock::now() - started;
    if (!run) return "the sandbox failed: " + describe(run.error());
    Ending ending;
    ending.status = run_status_name(run->status);
    ending.exit_code = run->exit_code;
    ending.standard_output = std::move(run->standard_output);
    ending.other_text = std::move(run->standard_error);
    ending.outputs = std::move(run->outputs);
    result.status += (result.status.empty() ? "" : " ") + ending.status;
    result.cpu_time += run->cpu_time;
    result.wall_time += run->wall_time;
    if (took > attack.limits.wall_time + kLateness) {
      return fmt::format("the run took {} ms", std::chrono::ceil<milliseconds>(took).count());
    }
    return judge_ending(attack, ending, bait_);
  }

  // Every box of the pool may have been the one that "plant" used.
  std::string run_pair(const Attack& attack, const judges::Program& program, AttackResult& result) {
    std::string fault = run_once(attack, program, {"plant"}, result);
    for (int i = 0; fault.empty() && i < std::max(1, options_.boxes); ++i) {
      fault = run_once(attack, program, {"look"}, result);
    }
    return fault;
  }

  std::string run_together(const Attack& attack, const judges::Program& program,
                           AttackResult& result) {
    AttackResult planted;
    std::string plant_fault;
    std::string look_fault;
    {
      const std::jthread planter(
          [&] { plant_fault = run_once(attack, program, {"plant"}, planted); });
      // "look" goes on for longer than this, so the two overlap wherever there are two boxes.
      std::this_thread::sleep_for(milliseconds(200));
      look_fault = run_once(attack, program, {"look"}, result);
    }
    result.status = planted.status + " " + result.status;
    result.cpu_time += planted.cpu_time;
    result.wall_time = std::max(result.wall_time, planted.wall_time);
    return look_fault.empty() ? plant_fault : look_fault;
  }

  // The next run and the machine are unharmed: "" or what is not.
  std::string look_after(const Attack& attack) {
    // Compilers see the same files as managed programs, so these share boxes.
    const auto profile =
        attack.kind == AttackKind::Compile ? sandbox::Profile::Managed : attack.profile;
    for (int i = 0; i < std::max(1, options_.boxes); ++i) {
      std::string fault = run_honest(profile);
      if (!fault.empty()) return "the next honest run: " + fault;
    }
    return describe_leftovers(before_, read_machine_state());
  }

  // Not the attack's limits: those of an ordinary testcase.
  std::string run_honest(sandbox::Profile profile) {
    sandbox::Command command;
    command.argv = judges::run_line(*honest_, Bytes::mib(64), {});
    command.environment = sandbox::box_environment();
    command.files = honest_->files;
    command.standard_input.content = "20 22\n";
    command.profile = profile;
    sandbox::Limits limits;
    limits.cpu_time = milliseconds(2000);
    limits.memory = Bytes::mib(64);
    limits.processes = 8;
    limits.work_folder = Bytes::mib(32);
    const auto run = sandbox_.run(command, limits, options_.stop);
    if (!run) return describe(run.error());
    if (run->status == sandbox::RunStatus::Exited && run->exit_code == 0 &&
        run->standard_output == "HONEST ./program 42\n") {
      return {};
    }
    return fmt::format("{} with code {}, \"{}\"", run_status_name(run->status), run->exit_code,
                       run->standard_output + run->standard_error);
  }

  sandbox::Sandbox& sandbox_;
  const judges::Languages& languages_;
  const SelftestOptions& options_;
  const Bait& bait_;
  judges::ProgramBuilder builder_;
  std::shared_ptr<const judges::Program> honest_;
  MachineState before_;
};

}  // namespace

std::string_view attack_outcome_name(AttackOutcome outcome) {
  switch (outcome) {
    case AttackOutcome::Held:
      return "held";
    case AttackOutcome::NotHeld:
      return "not held";
    case AttackOutcome::Skipped:
      return "skipped";
  }
  return "";
}

Result<std::vector<AttackResult>> run_selftest(sandbox::Sandbox& sandbox,
                                               const judges::Languages& languages,
                                               const SelftestOptions& options) {
  std::vector<Attack> attacks = EVAL_TRY(load_attacks(options.folder));
  if (!options.filter.empty()) {
    std::erase_if(attacks,
                  [&](const Attack& attack) { return !matches_glob(attack.name, options.filter); });
  }
  if (attacks.empty()) {
    return fail(ErrorCode::Usage, fmt::format("no attack matches \"{}\"", options.filter),
                options.folder.string());
  }
  const Bait bait = EVAL_TRY(Bait::create());
  Selftest selftest(sandbox, languages, options, bait);
  EVAL_TRY(selftest.prepare());
  std::vector<AttackResult> results;
  for (const Attack& attack : attacks) {
    AttackResult result = selftest.carry_out(attack);
    if (options.stop.stop_requested()) {
      return fail(ErrorCode::Cancelled, "the selftest was stopped", attack.name);
    }
    if (options.observer) options.observer(result);
    results.push_back(std::move(result));
  }
  return results;
}

}  // namespace eval::evaluator
