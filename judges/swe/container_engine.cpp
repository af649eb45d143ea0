#include "judges/swe/container_engine.h"

#include <fmt/format.h>
#include <unistd.h>

#include <optional>
#include <system_error>

#include "base/files.h"
#include "base/text.h"
#include "sandbox/images/image_reference.h"

namespace eval::judges::swe {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::minutes kQuestionTime{2};  // a daemon under load answers slowly
constexpr std::chrono::hours kPullTime{6};        // as for images of our own
constexpr const char* kMemory = "8g";             // both as in our boxes
constexpr const char* kProcesses = "4096";
constexpr const char* kLabel = "evalctl.owner";
// What root in a container needs to own, read and run what belongs to others in it.
constexpr const char* kRights = "CHOWN,DAC_OVERRIDE,FOWNER,FSETID,KILL,SETGID,SETUID";

std::string first_line(const fs::path& path) {
  const auto text = read_file(path);
  return text ? std::string(trim(text->substr(0, text->find('\n')))) : std::string();
}

// Field 22 of /proc/PID/stat: when it began, in ticks since the machine did. Names in field 2 may hold anything.
std::optional<std::string> start_of(const std::string& pid) {
  const auto text = read_file("/proc/" + pid + "/stat");
  if (!text) return std::nullopt;
  const std::size_t name_end = text->rfind(')');
  if (name_end == text->npos) return std::nullopt;
  const std::vector<std::string> fields = split(text->substr(name_end + 2), ' ');
  return fields.size() > 19 ? std::optional(fields[19]) : std::nullopt;
}

// Boot and process namespace: in another one a number says nothing.
std::string machine() {
  std::error_code error;
  const std::string space = fs::read_symlink("/proc/self/ns/pid", error).string();
  std::string text = first_line("/proc/sys/kernel/random/boot_id").substr(0, 8) + "-";
  for (const char c : space) {
    if (c >= '0' && c <= '9') text += c;
  }
  return text;
}

}  // namespace

std::string container_owner() {
  const std::string pid = std::to_string(getpid());
  return fmt::format("{}-{}-{}", machine(), pid, start_of(pid).value_or("0"));
}

bool may_be_alive(const std::string& owner) {
  const std::vector<std::string> parts = split(owner, '-');
  if (parts.size() != 4 || parts[0] + "-" + parts[1] != machine()) return true;
  return start_of(parts[2]) == parts[3];
}

Result<ToolResult> ContainerEngine::run(std::vector<std::string> arguments,
                                        std::chrono::milliseconds timeout,
                                        std::stop_token stop) const {
  arguments.insert(arguments.begin(), program_);
  ToolCommand command;
  command.argv = std::move(arguments);
  command.timeout = timeout;
  command.stop = std::move(stop);
  return run_tool(command);
}

Result<std::string> ContainerEngine::ask(std::vector<std::string> arguments,
                                         std::chrono::milliseconds timeout,
                                         std::stop_token stop) const {
  const std::string what = program_ + " " + arguments.front();
  const ToolResult result = EVAL_TRY(run(std::move(arguments), timeout, stop));
  if (stop.stop_requested()) return fail(ErrorCode::Cancelled, what + " was cancelled");
  if (result.exit_code == 0 && !result.timed_out) return std::string(trim(result.standard_output));
  return fail(
      ErrorCode::Infrastructure,
      fmt::format("{} failed: {}", what,
                  result.timed_out ? std::string("it took too long")
                                   : shorten(to_valid_utf8(trim(result.standard_error)), 500)),
      {}, fmt::format("does `{} info` work for this user?", program_));
}

Result<ContainerEngine> ContainerEngine::open(const std::string& program) {
  ContainerEngine engine(program, {});
  engine.version_ = EVAL_TRY(engine.ask({"--version"}, kQuestionTime));
  EVAL_TRY(engine.remove_abandoned());
  return engine;
}

Result<void> ContainerEngine::remove_abandoned() const {
  const std::string all = EVAL_TRY(
      ask({"ps", "--all", "--quiet", "--filter", std::string("label=") + kLabel}, kQuestionTime));
  for (const std::string_view line : split_lines(all)) {
    const std::string id(trim(line));
    if (id.empty()) continue;
    const auto owner = ask({"inspect", "--type", "container", "--format",
                            fmt::format("{{{{index .Config.Labels \"{}\"}}}}", kLabel), id},
                           kQuestionTime);
    if (owner && !may_be_alive(*owner)) remove(id);
  }
  return {};
}

Result<std::string> ContainerEngine::image(const std::string& name, std::stop_token stop) const {
  const auto find = [&](const std::string& asked) {
    return ask({"image", "inspect", "--format", "{{.Id}}", asked}, kQuestionTime, stop);
  };
  // A name that is read can be no option. As it is written first: engines complete short names by rules of
  // their own, and it may be an image that was built here.
  const std::string full = EVAL_TRY(sandbox::images::parse_image_reference(name)).text();
  auto id = find(name);
  if (!id && full != name) id = find(full);
  if (!id) {
    EVAL_TRY(ask({"pull", "--quiet", full}, kPullTime, stop));
    id = find(full);
  }
  if (!id) return fail(std::move(id).error());
  const std::string hex = id->substr(id->find(':') == id->npos ? 0 : id->find(':') + 1);
  if (hex.size() == 64) return hex;
  return fail(ErrorCode::Infrastructure, program_ + " names an image by no digest: " + *id, name);
}

Result<void> ContainerEngine::create(const std::string& container, const std::string& image,
                                     const std::vector<std::string>& folders,
                                     const std::string& start) const {
  std::vector<std::string> arguments = {"create",
                                        "--name",
                                        container,
                                        "--label",
                                        fmt::format("{}={}", kLabel, container_owner()),
                                        "--network",
                                        "none",
                                        "--memory",
                                        kMemory,
                                        "--memory-swap",
                                        kMemory,
                                        "--pids-limit",
                                        kProcesses,
                                        "--cap-drop",
                                        "ALL",
                                        "--cap-add",
                                        kRights,
                                        "--security-opt",
                                        "no-new-privileges",
                                        "--log-driver",
                                        "none",
                                        "--user",
                                        "0:0",
                                        "--hostname",
                                        "box",
                                        "--entrypoint",
                                        "/bin/bash"};
  for (const std::string& folder : folders) {
    arguments.emplace_back("--volume");
    arguments.push_back(folder);
  }
  arguments.push_back(image);
  arguments.push_back(start);
  EVAL_TRY(ask(std::move(arguments), kQuestionTime));
  return {};
}

Result<ContainerEngine::Run> ContainerEngine::start(const std::string& container,
                                                    std::chrono::milliseconds time,
                                                    Bytes output_limit,
                                                    std::stop_token stop) const {
  const auto state = [&] {
    return ask({"inspect", "--type", "container", "--format",
                "{{.State.ExitCode}} {{.State.OOMKilled}} {{.State.StartedAt}}", container},
               kQuestionTime);
  };
  const std::string before = EVAL_TRY(state());
  ToolCommand command;
  command.argv = {program_, "start", "--attach", container};
  command.timeout = time;
  command.output_limit = output_limit;
  command.stop = stop;
  Run result;
  result.streams = EVAL_TRY(run_tool(command));
  if (result.streams.timed_out || stop.stop_requested()) {
    // It may have ended by itself meanwhile; the wait says whether it has ended at all.
    EVAL_TRY(run({"kill", container}, kQuestionTime));
    EVAL_TRY(ask({"wait", container}, kQuestionTime));
    return result;
  }
  const std::string after = EVAL_TRY(state());
  const std::vector<std::string> fields = split(after, ' ');
  const std::vector<std::string> earlier = split(before, ' ');
  if (fields.size() < 4 || std::vector(fields.begin() + 2, fields.end()) ==
                               std::vector(earlier.begin() + 2, earlier.end())) {
    return fail(ErrorCode::Infrastructure,
                fmt::format("{} did not start a container: {}", program_,
                            shorten(to_valid_utf8(trim(result.streams.standard_error)), 500)));
  }
  result.exit_code = std::atoi(fields[0].c_str());
  result.out_of_memory = fields[1] == "true";
  return result;
}

void ContainerEngine::remove(const std::string& container) const {
  static_cast<void>(run({"rm", "--force", "--volumes", container}, kQuestionTime));
}

}  // namespace eval::judges::swe
