#include "tests/support/registry.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <thread>
#include <utility>

#include "base/subprocess.h"
#include "base/text.h"
#include "base/unique_fd.h"

namespace eval {
namespace {

constexpr std::chrono::seconds kStartTime{20};

sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  return address;
}

int free_port() {
  const UniqueFd fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  if (bind(fd.value(), reinterpret_cast<sockaddr*>(&address), size) < 0 ||
      getsockname(fd.value(), reinterpret_cast<sockaddr*>(&address), &size) < 0) {
    return -1;
  }
  return ntohs(address.sin_port);
}

bool answers(int port) {
  const UniqueFd fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address = loopback(port);
  return connect(fd.value(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
}

Result<void> must_run(std::vector<std::string> argv) {
  ToolCommand command;
  command.argv = std::move(argv);
  command.timeout = std::chrono::minutes(2);
  const ToolResult result = EVAL_TRY(run_tool(command));
  if (result.exit_code == 0) return {};
  return fail(ErrorCode::Infrastructure,
              command.argv[0] + " " + command.argv[1] + ": " + result.standard_error);
}

}  // namespace

Result<LocalRegistry> LocalRegistry::start(const fs::path& folder) {
  for (const char* program : {"docker-registry", "skopeo", "umoci"}) {
    if (!find_program(program, {"/usr/bin", "/usr/local/bin"}))
      return fail(ErrorCode::NotFound, fmt::format("{} is not installed", program));
  }
  const std::string program =
      find_program("docker-registry", {"/usr/bin", "/usr/local/bin"})->string();
  const int port = free_port();
  const fs::path config = folder / "registry.yml";
  EVAL_TRY(write_file(
      config,
      fmt::format("version: 0.1\nlog:\n  accesslog:\n    disabled: false\nstorage:\n  filesystem:\n"
                  "    rootdirectory: {}\nhttp:\n  addr: 127.0.0.1:{}\n",
                  (folder / "registry").string(), port)));
  const fs::path log = folder / "registry.log";
  const pid_t pid = fork();
  if (pid < 0) return fail(system_error(ErrorCode::Io, "cannot fork", errno));
  if (pid == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    const int fd = open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
    dup2(fd, STDOUT_FILENO);
    dup2(fd, STDERR_FILENO);
    execl(program.c_str(), program.c_str(), "serve", config.c_str(), nullptr);
    _exit(127);
  }
  LocalRegistry registry(pid, port, log);
  const auto deadline = std::chrono::steady_clock::now() + kStartTime;
  while (!answers(port)) {
    if (waitpid(pid, nullptr, WNOHANG) == pid || std::chrono::steady_clock::now() > deadline) {
      const auto text = read_file(log);
      return fail(ErrorCode::Infrastructure, "the registry does not start: " + (text ? *text : ""));
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  return registry;
}

LocalRegistry::LocalRegistry(LocalRegistry&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)), port_(other.port_), log_(std::move(other.log_)) {}

LocalRegistry::~LocalRegistry() {
  if (pid_ <= 0) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
}

Result<void> LocalRegistry::push(const fs::path& layout, const std::string& tag,
                                 const std::string& name) const {
  return must_run({"skopeo", "copy", "--quiet", "--dest-tls-verify=false",
                   "oci:" + layout.string() + ":" + tag, "docker://" + address() + "/" + name});
}

std::size_t LocalRegistry::blobs_served() const {
  const auto log = read_file(log_);
  std::size_t count = 0;
  if (!log) return count;
  for (const std::string_view line : split_lines(*log)) {
    if (line.find("\"GET /v2/") != line.npos && line.find("/blobs/sha256:") != line.npos)
      count += 1;
  }
  return count;
}

Result<ImageBuilder> ImageBuilder::create(const fs::path& layout) {
  ImageBuilder builder(layout);
  EVAL_TRY(builder.umoci({"init", "--layout", layout.string()}));
  EVAL_TRY(builder.umoci({"new", "--image", builder.image()}));
  return builder;
}

Result<void> ImageBuilder::umoci(std::vector<std::string> arguments) const {
  arguments.insert(arguments.begin(), "umoci");
  return must_run(std::move(arguments));
}

Result<void> ImageBuilder::add_layer(const fs::path& folder, const std::string& at) {
  std::vector<std::string> arguments = {"insert", "--image", image()};
  if (geteuid() != 0) arguments.emplace_back("--rootless");
  arguments.push_back(folder.string());
  arguments.push_back(at);
  return umoci(std::move(arguments));
}

Result<void> ImageBuilder::remove(const std::string& path) {
  return umoci({"insert", "--image", image(), "--whiteout", path});
}

Result<void> ImageBuilder::configure(const std::string& option, const std::string& value) {
  return umoci({"config", "--image", image(), option, value});
}

Result<void> ImageBuilder::tag(const std::string& name) {
  return umoci({"tag", "--image", image(), name});
}

}  // namespace eval
