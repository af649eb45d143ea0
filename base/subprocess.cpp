#include "base/subprocess.h"

#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/process.hpp>
#include <cerrno>
#include <cstdio>
#include <memory>

#include "base/unique_fd.h"

namespace eval {
namespace {

namespace process = boost::process;

// Not $PATH: what a run does must not depend on the shell it was started from.
const std::vector<fs::path> kSystemDirectories = {"/usr/local/bin", "/usr/bin", "/bin", "/usr/sbin",
                                                  "/sbin"};

// How long a stop may go unseen.
constexpr std::chrono::milliseconds kStopInterval{100};

// Reads both streams until they close or time is up. False on a time-out, and when stopped.
bool drain(int out_fd, int err_fd, ToolResult& result, const ToolCommand& command) {
  const auto deadline = std::chrono::steady_clock::now() + command.timeout;
  std::array<pollfd, 2> streams = {pollfd{out_fd, POLLIN, 0}, pollfd{err_fd, POLLIN, 0}};
  const std::array<std::string*, 2> texts = {&result.standard_output, &result.standard_error};
  while (streams[0].fd >= 0 || streams[1].fd >= 0) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0 || command.stop.stop_requested()) return false;
    const auto slice = command.stop.stop_possible() ? std::min(left, kStopInterval) : left;
    if (::poll(streams.data(), streams.size(), static_cast<int>(slice.count())) < 0) {
      if (errno == EINTR) continue;
      return false;
    }
    for (std::size_t i = 0; i < streams.size(); ++i) {
      if (streams[i].fd < 0 || streams[i].revents == 0) continue;
      std::array<char, 65536> buffer{};
      const ssize_t got = ::read(streams[i].fd, buffer.data(), buffer.size());
      if (got <= 0) {
        streams[i].fd = -1;
        continue;
      }
      const std::size_t room = command.output_limit.count - texts[i]->size();
      texts[i]->append(buffer.data(), std::min(room, static_cast<std::size_t>(got)));
    }
  }
  return true;
}

}  // namespace

Result<ToolResult> run_tool(const ToolCommand& command) {
  if (command.argv.empty()) return fail(ErrorCode::Internal, "a tool was run without a name");
  fs::path program = command.argv.front();
  if (!program.has_parent_path()) {
    program = find_program(program.string(), kSystemDirectories).value_or(fs::path());
  }
  if (program.empty()) {
    return fail(ErrorCode::NotFound, fmt::format("\"{}\" is not installed", command.argv.front()));
  }
  std::FILE* input = std::tmpfile();
  if (input == nullptr)
    return fail(system_error(ErrorCode::Io, "cannot make a temporary file", errno));
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> input_owner(input, &std::fclose);
  std::fwrite(command.standard_input.data(), 1, command.standard_input.size(), input);
  std::rewind(input);

  const std::vector<std::string> arguments(command.argv.begin() + 1, command.argv.end());
  const std::string directory =
      command.working_directory.empty() ? "." : command.working_directory.string();
  try {
    process::pipe out_pipe;
    process::pipe err_pipe;
    std::error_code error;
    process::child child(
        program.string(), process::args = arguments, process::start_dir = directory,
        process::std_in<input, process::std_out> out_pipe, process::std_err > err_pipe, error);
    if (error) {
      return fail(system_error(ErrorCode::Io, fmt::format("cannot start \"{}\"", program.string()),
                               error.value()));
    }
    // Our copies of the write ends would keep the streams open for ever.
    ::close(out_pipe.native_sink());
    out_pipe.assign_sink(-1);
    ::close(err_pipe.native_sink());
    err_pipe.assign_sink(-1);
    ToolResult result;
    const bool ended = drain(out_pipe.native_source(), err_pipe.native_source(), result, command);
    result.timed_out = !ended && !command.stop.stop_requested();
    if (!ended) child.terminate(error);
    child.wait(error);
    const int status = child.native_exit_code();
    result.exit_code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    return result;
  } catch (const std::exception& error) {
    return fail(ErrorCode::Io,
                fmt::format("cannot run \"{}\": {}", program.string(), error.what()));
  }
}

std::optional<fs::path> find_program(const std::string& name, const std::vector<fs::path>& search) {
  for (const fs::path& directory : search) {
    const fs::path candidate = directory / name;
    std::error_code error;
    if (fs::is_regular_file(candidate, error) && ::access(candidate.c_str(), X_OK) == 0) {
      return candidate;
    }
  }
  return std::nullopt;
}

}  // namespace eval
