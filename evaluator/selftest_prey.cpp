#include "evaluator/selftest_prey.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <fstream>
#include <sstream>

#include "base/random.h"
#include "base/text.h"

namespace eval::evaluator {
namespace {

// Above what the standard library and the boxes use, where a program might look last.
constexpr int kLeakedDescriptorsFrom = 200;
// A box has a socket, a process descriptor and a few control files; two or three boxes can be built
// while one attack runs.
constexpr int kDescriptorsOfNewBoxes = 32;

Failure fault(std::string_view what) {
  return fail(system_error(ErrorCode::Infrastructure, what, errno));
}

// No O_CLOEXEC, on purpose: these descriptors are what a careless start of a program hands on.
Result<UniqueFd> leak(const fs::path& path, int flags) {
  const UniqueFd opened(open(path.c_str(), flags));
  UniqueFd leaked(fcntl(opened.value(), F_DUPFD, kLeakedDescriptorsFrom));
  if (!leaked.valid()) return fault("the bait cannot be opened");
  return leaked;
}

Result<UniqueFd> listen_on_loopback(int& port) {
  UniqueFd server(socket(AF_INET, SOCK_STREAM, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  if (bind(server.value(), generic, size) < 0 || listen(server.value(), 64) < 0 ||
      getsockname(server.value(), generic, &size) < 0) {
    return fault("the bait cannot listen on the loopback address");
  }
  port = ntohs(address.sin_port);
  return server;
}

Result<UniqueFd> listen_on_abstract(const std::string& name) {
  UniqueFd server(socket(AF_UNIX, SOCK_STREAM, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path + 1, name.data(),
              std::min(name.size(), sizeof address.sun_path - 1));
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
  if (bind(server.value(), reinterpret_cast<sockaddr*>(&address), size) < 0 ||
      listen(server.value(), 64) < 0) {
    return fault("the bait cannot listen on an abstract socket");
  }
  return server;
}

// Not read_file(): files of /proc say that they are empty.
std::string read_proc(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

int count_lines(const fs::path& path) {
  const std::string text = read_proc(path);
  return static_cast<int>(std::count(text.begin(), text.end(), '\n'));
}

// The parent of a process, 0 if it is gone. Its name may hold blanks and brackets.
long long parent_of(const std::string& pid) {
  const std::string text = read_proc(fs::path("/proc") / pid / "stat");
  const std::size_t end = text.rfind(')');
  if (end == std::string::npos) return 0;
  const auto words = split_words(std::string_view(text).substr(end + 1));
  return words.size() < 2 ? 0 : parse_integer(words[1]).value_or(0);
}

// Our children are the inits of boxes; what lies below them are programs.
int count_programs() {
  std::map<long long, long long> parents;
  const auto names = list_directory("/proc");
  if (!names) return 0;
  for (const std::string& name : *names) {
    if (const auto pid = parse_integer(name)) parents[*pid] = parent_of(name);
  }
  int programs = 0;
  for (const auto& [pid, parent] : parents) {
    long long ancestor = parent;
    for (int depth = 1; ancestor > 1 && depth < 1000; ++depth) {
      if (ancestor == getpid()) {
        programs += depth >= 2 ? 1 : 0;
        break;
      }
      const auto next = parents.find(ancestor);
      ancestor = next == parents.end() ? 0 : next->second;
    }
  }
  return programs;
}

}  // namespace

Result<Bait> Bait::create() {
  Bait bait(EVAL_TRY(TempDir::create("evalctl-bait-")));
  bait.secret_ = fmt::format("evalctl-bait-{:016x}", random_bits());
  const fs::path file = bait.folder_.path() / "answer.txt";
  EVAL_TRY(write_file(file, bait.secret_ + "\n"));
  // Rights must not be what protects it.
  if (chmod(bait.folder_.path().c_str(), 0755) < 0 || chmod(file.c_str(), 0644) < 0) {
    return fault("the bait cannot be made readable");
  }
  int port = 0;
  const std::string socket_name = fmt::format("evalctl-{:016x}", random_bits());
  bait.open_.push_back(EVAL_TRY(leak(file, O_RDONLY)));
  bait.open_.push_back(EVAL_TRY(leak("/", O_RDONLY | O_DIRECTORY)));
  bait.open_.push_back(EVAL_TRY(listen_on_loopback(port)));
  bait.open_.push_back(EVAL_TRY(listen_on_abstract(socket_name)));
  bait.environment_ = {{"BAIT_FILE", file.string()},
                       {"BAIT_PORT", std::to_string(port)},
                       {"BAIT_SOCKET", socket_name},
                       {"BAIT_PID", std::to_string(getpid())}};
  return bait;
}

std::string Bait::fill(std::string source) const {
  source = replace_all(std::move(source), "@BAIT_FILE@", environment_.at("BAIT_FILE"));
  return replace_all(std::move(source), "@BAIT_PID@", environment_.at("BAIT_PID"));
}

MachineState read_machine_state() {
  MachineState state;
  state.mounts = count_lines("/proc/self/mountinfo");
  for (const char* kind : {"shm", "sem", "msg"}) {
    state.ipc_objects += count_lines(fs::path("/proc/sysvipc") / kind);
  }
  const auto descriptors = list_directory("/proc/self/fd");
  state.descriptors = descriptors ? static_cast<int>(descriptors->size()) : 0;
  state.processes = count_programs();
  std::array<char, 256> name{};
  gethostname(name.data(), name.size() - 1);
  state.host_name = name.data();
  return state;
}

std::string describe_leftovers(const MachineState& before, const MachineState& now) {
  std::vector<std::string> found;
  const auto more = [&found](int was, int is, int allowed, std::string_view what) {
    if (is > was + allowed) found.push_back(fmt::format("{} more {}", is - was, what));
  };
  more(before.mounts, now.mounts, 0, "mounts");
  more(before.ipc_objects, now.ipc_objects, 0, "System V objects");
  more(before.descriptors, now.descriptors, kDescriptorsOfNewBoxes, "open descriptors");
  more(before.processes, now.processes, 0, "processes of programs");
  if (before.host_name != now.host_name) found.push_back("the host is called " + now.host_name);
  return join(found, ", ");
}

}  // namespace eval::evaluator
