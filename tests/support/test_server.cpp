#include "tests/support/test_server.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "base/http.h"
#include "base/text.h"

namespace eval::test {
namespace {

struct Pipe {
  UniqueFd read_end;
  UniqueFd write_end;
};

Result<Pipe> make_pipe() {
  std::array<int, 2> fds{};
  if (::pipe2(fds.data(), O_CLOEXEC) != 0) {
    return Failure(system_error(ErrorCode::Io, "no pipe for the test server", errno));
  }
  return Pipe{UniqueFd(fds[0]), UniqueFd(fds[1])};
}

Result<pid_t> spawn_server(int standard_input, int standard_output) {
  std::string script = EVAL_TEST_SOURCE_DIR "/tests/support/misbehaving_server.py";
  std::string program = "python3";
  const std::array<char*, 3> argv = {program.data(), script.data(), nullptr};
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, standard_input, STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, standard_output, STDOUT_FILENO);
  pid_t pid = 0;
  const int error = posix_spawnp(&pid, program.c_str(), &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) {
    return Failure(system_error(ErrorCode::NotFound, "python3 cannot be started", error));
  }
  return pid;
}

// The first line, or what came before the end.
std::string read_line(int fd) {
  std::string line;
  char c = 0;
  while (::read(fd, &c, 1) == 1 && c != '\n') line += c;
  return line;
}

}  // namespace

Result<std::unique_ptr<TestServer>> TestServer::start() {
  Pipe input = EVAL_TRY(make_pipe());
  Pipe output = EVAL_TRY(make_pipe());
  const pid_t pid = EVAL_TRY(spawn_server(input.read_end.value(), output.write_end.value()));
  std::unique_ptr<TestServer> server(new TestServer(pid, std::move(input.write_end)));
  output.write_end.reset();
  const auto port = parse_integer(read_line(output.read_end.value()));
  if (!port) return fail(ErrorCode::Infrastructure, "the test server did not tell its port");
  server->port_ = static_cast<int>(*port);
  return server;
}

TestServer::~TestServer() {
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

std::string TestServer::url(std::string_view path) const {
  return fmt::format("http://127.0.0.1:{}{}", port_, path);
}

Json TestServer::log(std::string_view model) const {
  auto client = HttpClient::create(1);
  if (!client) return nullptr;
  HttpRequest request;
  request.url = url("/log/") + std::string(model);
  const auto response = (*client)->perform(std::move(request), {});
  if (!response) return nullptr;
  return parse_json(response->body, "log").value_or(nullptr);
}

}  // namespace eval::test
