// Runs every attack of tests/escapes as root and as an ordinary user, and an honest program after it.
#include <grp.h>
#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <memory>

#include "base/files.h"
#include "base/text.h"
#include "sandbox/linux_sandbox.h"

namespace eval::sandbox {
namespace {

constexpr const char* kFolder = EVAL_TEST_SOURCE_DIR "/tests/escapes";

struct Attack {
  std::string file;
  std::string source;
  std::vector<std::string> outcomes;  // names of statuses, or "compile_error"
};

Attack load(const std::string& file) {
  Attack attack{file, read_file(fs::path(kFolder) / file).value_or(""), {}};
  for (const std::string_view line : split_lines(attack.source)) {
    const std::size_t at = line.find("Outcome: ");
    if (at == std::string_view::npos) continue;
    for (const std::string_view word : split_words(line.substr(at + 9))) {
      attack.outcomes.emplace_back(word);
    }
  }
  return attack;
}

Limits attack_limits() {
  Limits limits;
  limits.cpu_time = std::chrono::milliseconds(1000);
  // Wide: on a busy machine a second of CPU time takes many.
  limits.wall_time = std::chrono::milliseconds(20'000);
  limits.memory = Bytes::mib(96);
  limits.standard_output = Bytes::mib(1);
  return limits;
}

Result<ExecutionResult> compile(Sandbox& sandbox, const Attack& attack) {
  Command command;
  command.argv = {"/usr/bin/gcc", "-w", "-pthread", "-static", "-o", "attack", "attack.c"};
  command.environment = {{"PATH", "/usr/bin:/bin"}};
  command.profile = Profile::Compiler;
  command.files.push_back({"attack.c", {.content = attack.source}, false});
  command.outputs = {"attack"};
  return sandbox.run(command, Limits{}, {});
}

// What the attack achieved: empty if it held.
std::string run_attack(Sandbox& sandbox, const Attack& attack) {
  Command command;
  Limits limits = attack_limits();
  if (attack.file.ends_with(".py")) {
    command.argv = {"/usr/bin/python3", "attack.py"};
    command.profile = Profile::Managed;
    command.files.push_back({"attack.py", {.content = attack.source}, false});
    limits.memory = Bytes::mib(256);
    limits.cpu_time = std::chrono::milliseconds(5000);
  } else {
    const auto compiled = compile(sandbox, attack);
    if (!compiled) return describe(compiled.error());
    const bool wanted_failure = attack.outcomes.front() == "compile_error";
    const bool failed = !compiled->outputs.contains("attack");
    if (compiled->standard_error.find("root:") != std::string::npos) return "secret in the log";
    if (failed != wanted_failure) return "compiled: " + compiled->standard_error;
    if (failed) return {};
    command.argv = {"./attack"};
    command.files.push_back({"attack", {.content = compiled->outputs.at("attack")}, true});
  }
  command.standard_input.content = "input";
  command.outputs = {"answer"};
  const auto result = sandbox.run(command, limits, {});
  if (!result) return describe(result.error());
  const std::size_t escaped = result->standard_output.find("ESCAPED");
  if (escaped != std::string::npos) return result->standard_output.substr(escaped);
  if (!result->outputs.empty()) return "copied out: " + result->outputs.begin()->second;
  const std::string status(run_status_name(result->status));
  const bool expected =
      std::find(attack.outcomes.begin(), attack.outcomes.end(), status) != attack.outcomes.end();
  return expected ? "" : "ended as " + status + ": " + result->standard_error;
}

// The next program in the same box must find it empty and work.
std::string run_honest(Sandbox& sandbox, const std::string& probe) {
  Command command;
  command.argv = {"./probe", "list", "/box"};
  command.files.push_back({"probe", {.content = probe}, true});
  const auto result = sandbox.run(command, attack_limits(), {});
  if (!result) return "afterwards: " + describe(result.error());
  return result->standard_output == "probe\n" ? "" : "left behind: " + result->standard_output;
}

std::string attack_here(const Attack& attack, const std::string& probe) {
  const auto sandbox = create_linux_sandbox({});
  if (!sandbox) return "skip: " + describe(sandbox.error());
  if (const auto first = run_honest(**sandbox, probe); !first.empty()) return "skip: " + first;
  const std::string achieved = run_attack(**sandbox, attack);
  return achieved.empty() ? run_honest(**sandbox, probe) : achieved;
}

// The same in a process of an ordinary user, told through a pipe.
std::string attack_as_nobody(const Attack& attack, const std::string& probe) {
  int ends[2];
  if (pipe(ends) < 0) return "skip: no pipe";
  const pid_t child = fork();
  if (child < 0) return "skip: no process";
  if (child == 0) {
    constexpr unsigned kNobody = 65534;
    // Changing the user makes a process undumpable, whose /proc/self then belongs to root.
    const bool dropped = setgroups(0, nullptr) == 0 && setgid(kNobody) == 0 &&
                         setuid(kNobody) == 0 && prctl(PR_SET_DUMPABLE, 1) == 0;
    const std::string told = dropped ? attack_here(attack, probe) : "skip: cannot drop root";
    [[maybe_unused]] const ssize_t count =
        write(ends[1], told.data(), std::min(told.size(), std::size_t{4000}));
    _exit(0);
  }
  close(ends[1]);
  std::string told;
  char buffer[4096];
  for (ssize_t count; (count = read(ends[0], buffer, sizeof buffer)) > 0;) {
    told.append(buffer, static_cast<std::size_t>(count));
  }
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  return status == 0 ? told : "the judging process died";
}

class EscapeTest : public ::testing::TestWithParam<std::string> {
 protected:
  void judge(const std::string& told) {
    if (told.rfind("skip: ", 0) == 0) GTEST_SKIP() << told.substr(6);
    EXPECT_EQ(told, "");
  }
  const std::string probe_ = read_file(EVAL_PROBE_PROGRAM).value_or("");
};

TEST_P(EscapeTest, IsHeldAsThisUser) {
  const Attack attack = load(GetParam());
  ASSERT_FALSE(attack.outcomes.empty()) << "the file names no outcome";
  judge(attack_here(attack, probe_));
}

TEST_P(EscapeTest, IsHeldInAUserNamespace) {
  if (geteuid() != 0) GTEST_SKIP() << "not root: the other test runs in a user namespace already";
  judge(attack_as_nobody(load(GetParam()), probe_));
}

std::vector<std::string> attack_files() {
  std::vector<std::string> files = list_directory(kFolder).value_or(std::vector<std::string>{});
  std::erase_if(files, [](const std::string& name) {
    return !name.ends_with(".c") && !name.ends_with(".py");
  });
  return files;
}

INSTANTIATE_TEST_SUITE_P(Attacks, EscapeTest, ::testing::ValuesIn(attack_files()),
                         [](const auto& parameter) {
                           std::string name = parameter.param;
                           std::replace(name.begin(), name.end(), '.', '_');
                           return name;
                         });

}  // namespace
}  // namespace eval::sandbox
