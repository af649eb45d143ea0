#include "sandbox/tool/box_command.h"

#include <fmt/format.h>

#include <chrono>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/output_file.h"
#include "base/text.h"
#include "sandbox/linux_sandbox.h"

namespace eval::sandbox::tool {
namespace {

// Of a program's own output, where it is part of the result; --stdout and --stderr take all of it.
constexpr std::size_t kShownBytes = 4096;

// Not the user's PATH: what is in it need not be in the box.
std::optional<fs::path> find_system_program(const std::string& name) {
  for (const char* folder : {"/usr/local/bin", "/usr/bin", "/bin"}) {
    std::error_code error;
    const fs::path resolved = fs::canonical(fs::path(folder) / name, error);
    if (!error && fs::is_regular_file(resolved, error)) return resolved;
  }
  return std::nullopt;
}

// "name=value" in two; the second is empty if there is no "=".
std::pair<std::string, std::string> split_pair(const std::string& text) {
  const std::size_t at = text.find('=');
  if (at == std::string::npos) return {text, {}};
  return {text.substr(0, at), text.substr(at + 1)};
}

std::chrono::milliseconds to_milliseconds(double seconds) {
  return std::chrono::milliseconds(std::max<long long>(1, std::llround(seconds * 1000)));
}

Profile profile_named(const std::string& name) {
  if (name == "native") return Profile::Native;
  if (name == "managed") return Profile::Managed;
  return name == "image" ? Profile::Image : Profile::Compiler;
}

Result<InputFile> input_file(const std::string& text) {
  auto [name, path] = split_pair(text);
  if (path.empty()) {
    path = name;
    name = fs::path(path).filename().string();
  }
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (error || !fs::is_regular_file(status)) {
    return fail(ErrorCode::NotFound, fmt::format("there is no file \"{}\" to copy in", path), {},
                "write --file NAME=PATH, NAME being its name in the box");
  }
  const bool executable = (status.permissions() & fs::perms::owner_exec) != fs::perms::none;
  return InputFile{name, {fs::path(path), std::nullopt}, executable};
}

Result<Command> make_command(const BoxOptions& options) {
  Command command;
  command.argv = options.command;
  command.profile = profile_named(options.profile);
  command.forbid_exec = options.forbid_exec;
  std::string& program = command.argv.front();
  if (program.find('/') == std::string::npos) {
    const auto found = find_system_program(program);
    if (!found) {
      return fail(ErrorCode::NotFound,
                  fmt::format("there is no program \"{}\" in the system's folders", program), {},
                  "give its path, or copy your own in: --file name=PATH -- ./name");
    }
    program = found->string();
  }
  command.environment = box_environment();
  for (const std::string& text : options.environment) {
    const auto [name, value] = split_pair(text);
    command.environment[name] = value;
  }
  for (const std::string& text : options.files) {
    command.files.push_back(EVAL_TRY(input_file(text)));
  }
  command.standard_input.host_path = options.standard_input;
  for (const std::string& text : options.outputs) command.outputs.push_back(split_pair(text).first);
  for (const std::string& path : options.readable) command.readable_host_paths.emplace_back(path);
  return command;
}

Result<Limits> make_limits(const BoxOptions& options) {
  Limits limits;
  limits.cpu_time = to_milliseconds(options.cpu_seconds);
  limits.wall_time = to_milliseconds(options.wall_seconds > 0 ? options.wall_seconds
                                                              : 2 * options.cpu_seconds + 1);
  limits.memory = EVAL_TRY_IN(parse_bytes(options.memory), "--memory");
  limits.standard_output = EVAL_TRY_IN(parse_bytes(options.output), "--output");
  limits.processes = options.processes;
  return limits;
}

Json result_json(const ExecutionResult& run) {
  const auto milliseconds = [](std::chrono::microseconds time) {
    return static_cast<double>(time.count()) / 1000;
  };
  Json json = {{"status", run_status_name(run.status)}};
  if (run.status == RunStatus::Exited) json["exit_code"] = run.exit_code;
  if (run.status == RunStatus::Signalled) json["signal"] = run.signal;
  if (!run.forbidden_syscall.empty()) json["forbidden_syscall"] = run.forbidden_syscall;
  json["cpu_ms"] = milliseconds(run.cpu_time);
  json["user_ms"] = milliseconds(run.user_time);
  json["system_ms"] = milliseconds(run.system_time);
  json["wall_ms"] = milliseconds(run.wall_time);
  json["memory_peak_bytes"] = run.memory_peak ? Json(run.memory_peak->count) : Json();
  json["memory_is_approximate"] = run.memory_is_approximate;
  json["processes_peak"] = run.processes_peak > 0 ? Json(run.processes_peak) : Json();
  json["stdout_bytes"] = run.standard_output.size();
  json["stderr_bytes"] = run.standard_error.size();
  json["stderr_cut"] = run.standard_error_cut;
  json["isolation"] = run.isolation;
  return json;
}

// Writes a stream to the file the user named, or adds it, shortened, to the result.
Result<void> place_stream(const std::string& path, const char* key, const std::string& content,
                          Json& json) {
  if (!path.empty()) return write_output_file(path, content);
  json[key] = escape_controls(shorten(content, kShownBytes));
  return {};
}

// Results are written by us, not by the program: a name without a folder lands in the current one.
Result<void> place_outputs(const BoxOptions& options, const ExecutionResult& run, Json& json) {
  Json sizes = Json::object();
  for (const std::string& text : options.outputs) {
    const auto [name, path] = split_pair(text);
    const auto found = run.outputs.find(name);
    sizes[name] = found == run.outputs.end() ? Json() : Json(found->second.size());
    if (found == run.outputs.end()) continue;
    const fs::path target = path.empty() ? fs::path(name).filename() : fs::path(path);
    EVAL_TRY(write_output_file(target, found->second));
  }
  if (!sizes.empty()) json["outputs"] = sizes;
  return {};
}

}  // namespace

std::string escape_controls(std::string_view text) {
  std::string safe;
  safe.reserve(text.size());
  const std::string valid = to_valid_utf8(text);
  for (std::size_t i = 0; i < valid.size(); ++i) {
    const auto byte = static_cast<unsigned char>(valid[i]);
    // U+0080 to U+009F, in UTF-8 led by 0xC2, are control characters too: U+009B starts sequences.
    const bool c1 = byte == 0xC2 && static_cast<unsigned char>(valid[i + 1]) < 0xA0;
    const bool c0 = (byte < 0x20 && byte != '\n' && byte != '\t') || byte == 0x7F;
    if (c1)
      safe += fmt::format("\\x{:02x}", static_cast<unsigned char>(valid[++i]));
    else if (c0)
      safe += fmt::format("\\x{:02x}", byte);
    else
      safe += valid[i];
  }
  return safe;
}

std::string result_text(const Json& json) {
  std::string text;
  for (const auto& [key, value] : json.items()) {
    if (!value.is_string()) {
      text += fmt::format("{}: {}\n", key, value.is_null() ? "none" : to_json_line(value));
      continue;
    }
    const auto content = value.get<std::string>();
    if (key != "stdout" && key != "stderr") {
      text += fmt::format("{}: {}\n", key, content);
      continue;
    }
    text += fmt::format("{}:\n", key);
    for (const std::string_view line : split_lines(content)) text += fmt::format("  {}\n", line);
  }
  return text;
}

Result<BoxOutcome> run_box_command(const BoxOptions& options, std::stop_token stop) {
  const Command command = EVAL_TRY(make_command(options));
  const Limits limits = EVAL_TRY(make_limits(options));
  const auto box =
      EVAL_TRY(create_linux_sandbox({.boxes = 1, .without_cgroups = options.without_cgroup}));
  const ExecutionResult run = EVAL_TRY(box->run(command, limits, std::move(stop)));
  BoxOutcome outcome;
  outcome.cancelled = run.status == RunStatus::Cancelled;
  if (outcome.cancelled) return outcome;
  outcome.success = run.status == RunStatus::Exited && run.exit_code == 0;
  outcome.json = result_json(run);
  EVAL_TRY(place_outputs(options, run, outcome.json));
  EVAL_TRY(place_stream(options.standard_output, "stdout", run.standard_output, outcome.json));
  EVAL_TRY(place_stream(options.standard_error, "stderr", run.standard_error, outcome.json));
  return outcome;
}

}  // namespace eval::sandbox::tool
