// Environments that are containers of a real engine. EVALCTL_TEST_ENGINE names it (default: podman).
#include "judges/swe/container_environments.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <thread>

#include "base/subprocess.h"
#include "base/text.h"
#include "judges/swe/container_engine.h"

namespace eval::judges::swe {
namespace {

using namespace std::chrono_literals;
using sandbox::RunStatus;

constexpr const char* kImage = "localhost/evalctl-test:1";

std::string engine() {
  const char* named = std::getenv("EVALCTL_TEST_ENGINE");
  return named == nullptr ? "podman" : named;
}

ToolResult tool(std::vector<std::string> argv) {
  ToolCommand command;
  command.argv = std::move(argv);
  command.timeout = 2min;
  auto result = run_tool(command);
  return result ? std::move(*result) : ToolResult{127, false, {}, describe(result.error())};
}

// An image of this machine's shell, imported into a store of its own where the engine is podman.
class Containers : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    auto folder = TempDir::create("containers-");
    ASSERT_TRUE(folder);
    folder_ = new TempDir(std::move(*folder));
    skip_ = prepare();
  }
  static void TearDownTestSuite() {
    if (skip_.empty()) tool({engine(), "rmi", "--force", kImage});
    delete std::exchange(folder_, nullptr);
  }

  // Empty, or why nothing can be tested here.
  static std::string prepare() {
    if (!find_program(engine(), {"/usr/bin", "/usr/local/bin"}))
      return engine() + " is not installed";
    const fs::path root = folder_->path();
    if (engine() == "podman" && geteuid() == 0) {
      // Away from the user's images. runc where it is: it also knows control groups of two versions at once.
      const bool has_runc = find_program("runc", {"/usr/bin", "/usr/sbin"}).has_value();
      const std::string limits = "default_ulimits = [\"nofile=1024:1024\", \"nproc=4096:4096\"]\n";
      if (!write_file(root / "storage.conf", "[storage]\ndriver = \"overlay\"\nrunroot = \"" +
                                                 (root / "run").string() + "\"\ngraphroot = \"" +
                                                 (root / "graph").string() + "\"\n") ||
          !write_file(root / "containers.conf",
                      "[containers]\n" + limits + "[engine]\n" +
                          (has_runc ? "runtime = \"runc\"\n" : "") +
                          "cgroup_manager = \"cgroupfs\"\nevents_logger = \"file\"\n"))
        return "no configuration can be written";
      setenv("CONTAINERS_STORAGE_CONF", (root / "storage.conf").c_str(), 1);
      setenv("CONTAINERS_CONF", (root / "containers.conf").c_str(), 1);
    }
    for (const char* name : {"testbed", "tmp", "root", "opt/miniconda3/envs/testbed"})
      fs::create_directories(root / "tree" / name);
    for (const char* name :
         {"/bin/bash", "/bin/cat", "/bin/ln", "/bin/sleep", "/lib64/ld-linux-x86-64.so.2",
          "/lib/x86_64-linux-gnu/libc.so.6", "/lib/x86_64-linux-gnu/libtinfo.so.6"}) {
      if (!fs::exists(name)) return std::string(name) + " is not on this machine";
      const fs::path to = root / "tree" / fs::path(name).relative_path();
      fs::create_directories(to.parent_path());
      fs::copy_file(name, to);
    }
    if (!write_file(root / "tree/testbed/file", "of the image\n") ||
        !write_file(root / "tree/opt/miniconda3/bin/activate",
                    "conda() { export CONDA_DEFAULT_ENV=$2; }\n"))
      return "no image can be written";
    tool({"tar", "-C", (root / "tree").string(), "-cf", (root / "image.tar").string(), "."});
    const ToolResult imported = tool({engine(), "import", (root / "image.tar").string(), kImage});
    if (imported.exit_code != 0) return engine() + " cannot import: " + imported.standard_error;
    const ToolResult ran = tool({engine(), "run", "--rm", "--network", "none", "--memory", "1g",
                                 "--pids-limit", "100", kImage, "/bin/bash", "-c", "echo runs"});
    if (ran.standard_output == "runs\n") return {};
    return engine() + " runs no container here: " + ran.standard_error;
  }

  void SetUp() override {
    if (!skip_.empty()) GTEST_SKIP() << skip_;
    problems::PatchTask task;
    task.instance_id = "a__b-1";
    task.image = kImage;
    problem_.task = task;
  }

  static std::unique_ptr<EnvironmentSource> source() {
    auto source =
        open_container_environments({.program = engine(), .scratch = folder_->path() / "scratch"});
    EXPECT_TRUE(source) << describe(source.error());
    return source ? std::move(*source) : nullptr;
  }
  std::unique_ptr<Environment> environment() {
    auto environment = source_->open(problem_, {});
    EXPECT_TRUE(environment) << describe(environment.error());
    return environment ? std::move(*environment) : nullptr;
  }
  static sandbox::ExecutionResult run(Environment& environment, const std::string& script,
                                      std::chrono::milliseconds time = 60s) {
    ShellRun shell;
    shell.script = script;
    sandbox::Limits limits;
    limits.wall_time = time;
    auto result = environment.run(shell, limits, {});
    EXPECT_TRUE(result) << describe(result.error());
    return result ? std::move(*result) : sandbox::ExecutionResult{};
  }
  static std::string containers() {
    return tool({engine(), "ps", "--all", "--quiet", "--filter", "label=evalctl.owner"})
        .standard_output;
  }

  problems::Problem problem_;
  std::unique_ptr<EnvironmentSource> source_ = skip_.empty() ? source() : nullptr;
  static inline TempDir* folder_ = nullptr;
  static inline std::string skip_;
};

TEST_F(Containers, KeepWhatScriptsChangeAndForgetItAtTheEnd) {
  {
    const auto one = environment();
    ASSERT_NE(one, nullptr);
    EXPECT_EQ(run(*one, "cat file; echo changed > file").standard_output, "of the image\n");
    EXPECT_EQ(run(*one, "cat file; exit 3").exit_code, 3);
    EXPECT_EQ(run(*one, "cat file").standard_output, "changed\n");
    EXPECT_EQ(run(*environment(), "cat file").standard_output, "of the image\n");
  }
  EXPECT_EQ(containers(), "");
}

TEST_F(Containers, GiveScriptsWhatBoxesGive) {
  const auto one = environment();
  ShellRun shell;
  shell.script =
      "echo \"$GREETING $CONDA_DEFAULT_ENV $PWD\"; echo wrong >&2; cat /box/in; "
      "echo report > /box/out; ln -s /testbed/file /box/link";
  shell.environment = {{"GREETING", "it's $here"}};
  shell.files = {{.name = "in", .source = {.content = "given\n"}}};
  shell.outputs = {"out", "link"};
  const auto result = one->run(shell, {}, {});
  ASSERT_TRUE(result) << describe(result.error());
  EXPECT_EQ(result->standard_output, "it's $here testbed /testbed\ngiven\n");
  EXPECT_EQ(result->standard_error, "wrong\n");
  EXPECT_EQ(result->outputs, (std::map<std::string, std::string>{{"out", "report\n"}}));
  EXPECT_EQ(run(*one, "[ -e /box/out ] || echo gone").standard_output, "gone\n");
}

TEST_F(Containers, HaveNoNetworkAndFewRights) {
  const auto one = environment();
  EXPECT_EQ(run(*one, "while read -r line; do echo \"${line%%:*}\"; done < /proc/net/dev")
                .standard_output.find("eth"),
            std::string::npos);
  // CAP_SYS_ADMIN is bit 21.
  EXPECT_EQ(run(*one,
                "while read -r name value; do [ $name = CapBnd: ] && echo $((0x$value >> 21 & 1)); "
                "done < /proc/self/status; true")
                .standard_output,
            "0\n");
}

TEST_F(Containers, EndWithTheirTimeAndGoOnAfterIt) {
  const auto one = environment();
  const auto slow = run(*one, "echo begun; echo kept > kept; sleep 600", 3s);
  EXPECT_EQ(slow.status, RunStatus::WallTimeLimit);
  EXPECT_EQ(slow.standard_output, "begun\n");
  EXPECT_EQ(run(*one, "cat kept").standard_output, "kept\n");
}

TEST_F(Containers, EndWhenStopped) {
  const auto one = environment();
  std::stop_source stop;
  const std::jthread later([&] {
    std::this_thread::sleep_for(1s);
    stop.request_stop();
  });
  const auto result = one->run({.script = "sleep 600"}, {.wall_time = 60s}, stop.get_token());
  ASSERT_TRUE(result) << describe(result.error());
  EXPECT_EQ(result->status, RunStatus::Cancelled);
}

TEST_F(Containers, LeaveNoProcessForTheNextScript) {
  const auto one = environment();
  run(*one, "(sleep 2; echo late > late) & disown; true");
  EXPECT_EQ(run(*one, "sleep 3; [ -e late ] || echo none").standard_output, "none\n");
}

TEST_F(Containers, OfAProcessThatWasKilledAreRemovedAtTheNextStart) {
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const auto own =
        open_container_environments({.program = engine(), .scratch = folder_->path() / "scratch"});
    if (!own || !(*own)->open(problem_, {})) _exit(1);
    // Opened once more and held: killed with it.
    auto held = (*own)->open(problem_, {});
    if (held) raise(SIGKILL);
    _exit(1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  ASSERT_TRUE(WIFSIGNALED(status));
  EXPECT_NE(containers(), "");
  source_ = source();
  EXPECT_EQ(containers(), "");
  EXPECT_TRUE(fs::is_empty(folder_->path() / "scratch"));
}

TEST_F(Containers, AreTheSameAsLongAsTheirImageIs) {
  const auto identity = source_->identity_of(problem_);
  ASSERT_TRUE(identity) << describe(identity.error());
  EXPECT_EQ(environment()->identity(), *identity);
  EXPECT_EQ(source()->identity_of(problem_), *identity);
}

TEST(ContainerEngine, ThatIsNotInstalledIsNotFound) {
  const auto engine = ContainerEngine::open("no-such-engine");
  ASSERT_FALSE(engine);
  EXPECT_EQ(engine.error().code, ErrorCode::NotFound);
}

TEST(ContainerOwner, IsThisProcessAndNoOther) {
  const std::string own = container_owner();
  EXPECT_TRUE(may_be_alive(own));
  EXPECT_FALSE(may_be_alive(own + "0"));      // the number again, at another time
  EXPECT_TRUE(may_be_alive("f" + own));       // another machine: nobody knows
  EXPECT_TRUE(may_be_alive("not an owner"));  // nor do we remove what is not ours
}

}  // namespace
}  // namespace eval::judges::swe
