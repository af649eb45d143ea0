// evalctl-box: `evalctl sandbox run` alone, as a small static program. Most of what a box costs a command that
// is started anew for each program is the start of the command itself, and evalctl is linked to two dozen
// libraries that a box has no use for.
#include <fmt/format.h>
#include <getopt.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <exception>
#include <optional>

#include "base/text.h"
#include "sandbox/tool/box_command.h"

namespace {

using eval::ErrorCode;
using eval::Result;
using eval::sandbox::tool::BoxOptions;

// As evalctl's, see its manual.
enum ExitCode { kDone = 0, kRegression = 1, kFault = 4, kUsage = 64, kBadInput = 65, kBug = 70 };

constexpr const char* kHelp =
    "evalctl-box: run one command in a box and measure it\n"
    "usage: evalctl-box [options] -- COMMAND [ARGUMENT...]\n"
    "  --time SECONDS       CPU seconds of all its processes (10)\n"
    "  --wall SECONDS       seconds until it is stopped in any case (twice the CPU time and 1)\n"
    "  --memory SIZE        memory of all its processes: 256M, 2G (2G)\n"
    "  --processes N        processes and threads at once (64)\n"
    "  --output SIZE        most it may write to standard output (64M)\n"
    "  --profile NAME       what it may see and call: native, managed, compiler, image (managed)\n"
    "  --no-exec            it cannot start another program\n"
    "  --without-cgroup     start faster; memory and CPU time are polled, see docs/sandbox.md\n"
    "  --net none           a box has no network\n"
    "  --stdin FILE         file it reads as standard input\n"
    "  --stdout FILE        file for what it writes\n"
    "  --stderr FILE        file for its messages\n"
    "  --file NAME=PATH     copy a file in\n"
    "  --out NAME[=PATH]    copy a file out\n"
    "  --read-only FOLDER   show a folder at the same path (also --mount)\n"
    "  --env NAME=VALUE     set a variable\n"
    "  --json               the result as JSON\n"
    "Exit code: 0 exited with 0, 1 ended in any other way, 4 our side failed, 64 and 65 wrong "
    "use.\n";

struct Request {
  BoxOptions box;
  bool json = false;
  bool help = false;
};

Result<double> read_seconds(const char* name, const char* text) {
  constexpr double kMost = 86'400;
  const std::optional<double> seconds = eval::parse_double(text);
  if (seconds && *seconds >= 0.001 && *seconds <= kMost) return *seconds;
  return eval::fail(ErrorCode::Usage, fmt::format("--{} is \"{}\"", name, text), {},
                    "seconds from 0.001 to 86400 are needed");
}

Result<int> read_processes(const char* text) {
  constexpr long long kMost = 100'000;
  const std::optional<long long> count = eval::parse_integer(text);
  if (count && *count >= 1 && *count <= kMost) return static_cast<int>(*count);
  return eval::fail(ErrorCode::Usage, fmt::format("--processes is \"{}\"", text), {},
                    "a number from 1 to 100000 is needed");
}

Result<std::string> one_of(const char* name, std::string text,
                           std::span<const std::string_view> known) {
  if (std::find(known.begin(), known.end(), text) != known.end()) return text;
  return eval::fail(ErrorCode::Usage, fmt::format("--{} is \"{}\"", name, text), {},
                    "`evalctl-box --help` lists what there is");
}

Result<void> take_option(Request& request, const std::string& name, const char* value) {
  constexpr std::string_view kNetworks[] = {"none"};
  BoxOptions& box = request.box;
  if (name == "time") {
    box.cpu_seconds = EVAL_TRY(read_seconds("time", value));
  } else if (name == "wall") {
    box.wall_seconds = EVAL_TRY(read_seconds("wall", value));
  } else if (name == "memory") {
    box.memory = value;
  } else if (name == "processes") {
    box.processes = EVAL_TRY(read_processes(value));
  } else if (name == "output") {
    box.output = value;
  } else if (name == "profile") {
    box.profile = EVAL_TRY(one_of("profile", value, eval::sandbox::tool::kProfiles));
  } else if (name == "net") {
    box.network = EVAL_TRY(one_of("net", value, kNetworks));
  } else if (name == "no-exec") {
    box.forbid_exec = true;
  } else if (name == "without-cgroup") {
    box.without_cgroup = true;
  } else if (name == "stdin") {
    box.standard_input = value;
  } else if (name == "stdout") {
    box.standard_output = value;
  } else if (name == "stderr") {
    box.standard_error = value;
  } else if (name == "file") {
    box.files.emplace_back(value);
  } else if (name == "out") {
    box.outputs.emplace_back(value);
  } else if (name == "read-only" || name == "mount") {
    box.readable.emplace_back(value);
  } else if (name == "env") {
    box.environment.emplace_back(value);
  } else if (name == "json") {
    request.json = true;
  } else {
    request.help = true;
  }
  return {};
}

Result<Request> read_arguments(int argc, char** argv) {
  static const option kOptions[] = {{"time", required_argument, nullptr, 0},
                                    {"wall", required_argument, nullptr, 0},
                                    {"memory", required_argument, nullptr, 0},
                                    {"processes", required_argument, nullptr, 0},
                                    {"output", required_argument, nullptr, 0},
                                    {"profile", required_argument, nullptr, 0},
                                    {"no-exec", no_argument, nullptr, 0},
                                    {"without-cgroup", no_argument, nullptr, 0},
                                    {"net", required_argument, nullptr, 0},
                                    {"stdin", required_argument, nullptr, 0},
                                    {"stdout", required_argument, nullptr, 0},
                                    {"stderr", required_argument, nullptr, 0},
                                    {"file", required_argument, nullptr, 0},
                                    {"out", required_argument, nullptr, 0},
                                    {"read-only", required_argument, nullptr, 0},
                                    {"mount", required_argument, nullptr, 0},
                                    {"env", required_argument, nullptr, 0},
                                    {"json", no_argument, nullptr, 0},
                                    {"help", no_argument, nullptr, 0},
                                    {nullptr, 0, nullptr, 0}};
  Request request;
  opterr = 0;
  int index = 0;
  // "+": what follows the command belongs to it.
  for (int code; (code = getopt_long(argc, argv, "+", kOptions, &index)) != -1;) {
    if (code != 0) {
      return eval::fail(ErrorCode::Usage,
                        fmt::format("\"{}\" is no option, or lacks its value", argv[optind - 1]),
                        {}, "`evalctl-box --help` lists what there is");
    }
    EVAL_TRY(take_option(request, kOptions[index].name, optarg));
  }
  request.box.command.assign(argv + optind, argv + argc);
  if (request.box.command.empty() && !request.help) {
    return eval::fail(ErrorCode::Usage, "there is no command to run", {},
                      "evalctl-box [options] -- COMMAND");
  }
  return request;
}

int tell(const eval::Error& error) {
  std::fputs(fmt::format("evalctl-box: error: {}\n", describe(error)).c_str(), stderr);
  if (error.code == ErrorCode::Usage) return kUsage;
  const bool theirs = error.code == ErrorCode::BadInput || error.code == ErrorCode::NotFound ||
                      error.code == ErrorCode::Unsupported;
  return theirs ? kBadInput : kFault;
}

// Returns `code`, unless that is kDone and standard output cannot be written.
int print(const std::string& text, int code) {
  const bool written =
      std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0;
  if (written) return code;
  const int fault =
      tell(eval::system_error(eval::ErrorCode::Io, "standard output cannot be written", errno));
  return code == kDone ? fault : code;
}

int run(int argc, char** argv) {
  const auto request = read_arguments(argc, argv);
  if (!request) return tell(request.error());
  if (request->help) return print(kHelp, kDone);
  // No signal is caught: the box ends with this process, and its empty groups go with the next start.
  const auto outcome = eval::sandbox::tool::run_box_command(request->box, {});
  if (!outcome) return tell(outcome.error());
  return print(request->json ? eval::to_json_text(outcome->json) + "\n"
                             : eval::sandbox::tool::result_text(outcome->json),
               outcome->success ? kDone : kRegression);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "evalctl-box: bug: %s\n", error.what());
    return kBug;
  }
}
