#include "sandbox/bench/peers.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

namespace eval::sandbox::bench {
namespace {

// Opened anew by every child: three redirections, as any spawner of programs has.
class NullStreams {
 public:
  NullStreams() {
    posix_spawn_file_actions_init(&actions_);
    for (int fd = 0; fd < 3; ++fd) {
      posix_spawn_file_actions_addopen(&actions_, fd, "/dev/null", fd == 0 ? O_RDONLY : O_WRONLY,
                                       0);
    }
  }
  NullStreams(const NullStreams&) = delete;
  NullStreams& operator=(const NullStreams&) = delete;
  ~NullStreams() { posix_spawn_file_actions_destroy(&actions_); }
  const posix_spawn_file_actions_t* actions() const { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_{};
};

}  // namespace

Result<void> spawn_and_wait(const std::vector<std::string>& argv) {
  std::vector<char*> arguments;
  for (const std::string& text : argv) arguments.push_back(const_cast<char*>(text.c_str()));
  arguments.push_back(nullptr);
  char* const environment[] = {nullptr};
  const NullStreams streams;
  pid_t child = -1;
  const int failed = posix_spawn(&child, argv.front().c_str(), streams.actions(), nullptr,
                                 arguments.data(), environment);
  if (failed != 0) {
    return fail(system_error(ErrorCode::Infrastructure, "cannot spawn " + argv.front(), failed));
  }
  int status = 0;
  while (waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) return fail(system_error(ErrorCode::Infrastructure, "cannot wait", errno));
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
  return fail(ErrorCode::Infrastructure, fmt::format("{} ended with {}", argv.front(), status));
}

std::vector<std::string> bubblewrap_line(const fs::path& program) {
  constexpr const char* kBubblewrap = "/usr/bin/bwrap";
  if (access(kBubblewrap, X_OK) != 0) return {};
  std::vector<std::string> line = {kBubblewrap, "--unshare-all", "--die-with-parent"};
  for (const char* folder : {"/usr/lib", "/lib", "/lib64"}) {
    line.insert(line.end(), {"--ro-bind-try", folder, folder});
  }
  line.insert(line.end(), {"--dev", "/dev", "--proc", "/proc", "--tmpfs", "/tmp", "--ro-bind",
                           program.string(), "/box/program", "--", "/box/program"});
  return line;
}

std::vector<std::string> one_shot_line(const fs::path& evalctl, const fs::path& program) {
  return {evalctl.string(),
          "sandbox",
          "run",
          "--profile",
          "native",
          "--file",
          "program=" + program.string(),
          "--",
          "./program"};
}

std::vector<std::string> box_tool_line(const fs::path& evalctl, const fs::path& program,
                                       bool without_cgroup) {
  const fs::path tool = evalctl.parent_path() / "evalctl-box";
  if (access(tool.c_str(), X_OK) != 0) return {};
  std::vector<std::string> line = {tool.string(), "--profile", "native", "--file",
                                   "program=" + program.string()};
  if (without_cgroup) line.emplace_back("--without-cgroup");
  line.insert(line.end(), {"--", "./program"});
  return line;
}

}  // namespace eval::sandbox::bench
