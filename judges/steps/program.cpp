#include "judges/steps/program.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <system_error>

#include "base/clock.h"
#include "base/hash.h"
#include "base/text.h"
#include "judges/steps/execute.h"
#include "judges/steps/package_files.h"

namespace eval::judges {
namespace {

constexpr const char* kOutputName = "program";
// Shown to a person; a template error of g++ alone can be megabytes.
constexpr std::size_t kLogBytes = 32 * 1024;
// Compiled files kept for another judging of the same code. A static C++ binary is about 2 MiB.
constexpr std::size_t kProgramsKept = 64;
// Larger ones (half a gigabyte of static data is legal) are built again when asked for again.
constexpr Bytes kProgramKeptBytes = Bytes::mib(32);
// Static data lie in the program itself, and the linker needs room for it twice.
constexpr Bytes kCompiledBytes = Bytes::mib(768);
constexpr Bytes kCompilerScratch = Bytes::gib(2);
// javac, go and rustc start a few dozen threads each.
constexpr int kCompilerProcesses = 256;

constexpr std::string_view kTestlibIsMissing =
    "\ntestlib.h is not in the package: put it beside the program, or tell the judge where one is";

std::string fill_word(std::string word, const SourceLayout& layout) {
  word = replace_all(std::move(word), "{main}", layout.entry);
  return replace_all(std::move(word), "{output}", kOutputName);
}

std::vector<std::string> fill_template(const std::vector<std::string>& words,
                                       const SourceLayout& layout) {
  std::vector<std::string> argv;
  for (const std::string& word : words) {
    if (word == "{files}") {
      argv.insert(argv.end(), layout.sources.begin(), layout.sources.end());
    } else {
      argv.push_back(fill_word(word, layout));
    }
  }
  return argv;
}

// Turns a tool name into the absolute path that the box sees.
Result<void> resolve_tool(std::vector<std::string>& argv, const Language& language) {
  if (argv.empty() || argv.front().find('/') != std::string::npos) return {};
  const std::optional<fs::path> found = find_system_program(argv.front());
  if (!found) {
    return fail(ErrorCode::Infrastructure,
                fmt::format("{} needs \"{}\", which is not installed", language.name, argv.front()),
                {}, fmt::format("apt-get install {}", language.package));
  }
  argv.front() = found->string();
  return {};
}

std::string log_of(const sandbox::ExecutionResult& run) {
  std::string log = run.standard_output;
  if (!log.empty() && !log.ends_with('\n')) log += '\n';
  log += run.standard_error;
  return shorten(to_valid_utf8(log), kLogBytes);
}

std::string why_not_compiled(const sandbox::ExecutionResult& run, const BuildLimits& limits) {
  switch (run.status) {
    case sandbox::RunStatus::CpuTimeLimit:
    case sandbox::RunStatus::WallTimeLimit:
      return fmt::format("the compiler was stopped at its time limit of {}",
                         format_duration(limits.time));
    case sandbox::RunStatus::MemoryLimit:
      return fmt::format("the compiler was stopped at its memory limit of {}",
                         to_string(limits.memory));
    case sandbox::RunStatus::OutputLimit:
      return "the compiler was stopped because it wrote too much";
    case sandbox::RunStatus::Signalled:
    case sandbox::RunStatus::ForbiddenSyscall:
      return fmt::format("the compiler was ended by signal {}", run.signal);
    case sandbox::RunStatus::Exited:
    case sandbox::RunStatus::Cancelled:
    case sandbox::RunStatus::GroupEnded:
    case sandbox::RunStatus::Deadlock:
      break;
  }
  if (run.exit_code == 0) return "the compiler made no program";
  return fmt::format("the compiler ended with exit code {}", run.exit_code);
}

bool has_file(const std::vector<sandbox::InputFile>& files, std::string_view name) {
  return std::any_of(files.begin(), files.end(),
                     [&](const sandbox::InputFile& file) { return file.name == name; });
}

// Not write_file(): a compiled program needs no sync to survive a power cut.
Result<void> write_plainly(const fs::path& path, std::string_view content) {
  std::ofstream file(path, std::ios::binary);
  file.write(content.data(), static_cast<std::streamsize>(content.size()));
  file.close();
  if (!file) return fail(ErrorCode::Io, "a compiled program could not be kept", path.string());
  return {};
}

}  // namespace

// Everything that decides how a program is built and run.
struct ProgramBuilder::Plan {
  std::string key;
  std::string tool;
  std::string tool_folder;           // in front of PATH while compiling
  std::vector<std::string> compile;  // empty: nothing to do
  std::vector<std::string> run;
  std::vector<sandbox::InputFile> sources;
  std::vector<fs::path> readable;
  bool precompiles_headers = false;
  bool starts_warm = false;
  bool makes_output = false;  // else the sources themselves are what runs
  sandbox::Profile run_profile = sandbox::Profile::Native;
  BuildLimits limits;
};

Result<LanguageTool> ProgramBuilder::tool_of(const Language& language) {
  {
    const std::lock_guard lock(mutex_);
    const auto found = tools_.find(language.id);
    if (found != tools_.end()) return found->second;
  }
  const LanguageTool tool = EVAL_TRY(find_tool(language));
  const std::lock_guard lock(mutex_);
  return tools_.emplace(language.id, tool).first->second;
}

Result<ProgramBuilder::Plan> ProgramBuilder::plan_language(const Language& language,
                                                           const SourceLayout& layout) {
  const LanguageTool tool = EVAL_TRY(tool_of(language));
  Plan plan;
  plan.tool = tool.version;
  plan.tool_folder = tool.program.parent_path().string();
  ContentHash key;
  key.add(language.id).add(tool.program.string()).add(tool.version).add(layout.entry);
  // The templates, not the filled lines: where the tools lie is no part of what they do.
  for (const std::string& word : language.compile) key.add(word);
  key.add("run");
  for (const std::string& word : language.run) key.add(word);
  if (warm_ && language.starts_warm) key.add("warm");
  for (const SourceFile& file : layout.files) {
    key.add(file.name).add(file.content);
    plan.sources.push_back({file.name, {{}, file.content}, false});
  }
  plan.key = key.hex();
  plan.compile = fill_template(language.compile, layout);
  plan.run = fill_template(language.run, layout);
  plan.run_profile = language.run_profile;
  plan.precompiles_headers = language.precompiles_headers;
  plan.starts_warm = warm_ && language.starts_warm;
  for (const std::string& path : language.readable) {
    std::error_code failed;
    if (fs::exists(path, failed)) plan.readable.emplace_back(path);
  }
  const auto names_output = [](const std::string& word) {
    return word.find("{output}") != std::string::npos;
  };
  plan.makes_output = std::any_of(language.run.begin(), language.run.end(), names_output);
  EVAL_TRY(resolve_tool(plan.compile, language));
  EVAL_TRY(resolve_tool(plan.run, language));
  return plan;
}

ProgramBuilder::Plan ProgramBuilder::plan_scripts(std::vector<sandbox::InputFile> files) {
  Plan plan;
  ContentHash key;
  key.add("scripts");
  for (const sandbox::InputFile& file : files) key.add(file.name).add(*file.source.content);
  plan.key = key.hex();
  plan.tool = "build and run scripts of the package";
  plan.tool_folder = "/usr/bin";
  for (sandbox::InputFile& file : files) {
    if (file.name == "build" || file.name == "run") file.executable = true;
    file.name.insert(0, "sources/");
  }
  plan.sources = std::move(files);
  plan.compile = {"/bin/sh", "-c",
                  fmt::format("cd sources && if [ -e build ]; then ./build || exit 1; fi && "
                              "if [ ! -e run ]; then echo 'build made no run' >&2; exit 1; fi && "
                              "tar -cf ../{} .",
                              kOutputName)};
  plan.run = {
      "/bin/sh", "-c",
      fmt::format("mkdir sources && tar -xf {} -C sources && exec sources/run \"$@\"", kOutputName),
      "sh"};
  plan.makes_output = true;
  plan.run_profile = sandbox::Profile::Compiler;
  return plan;
}

Result<std::string> ProgramBuilder::key_of(const Language& language, const SourceLayout& layout) {
  const Plan plan = EVAL_TRY(plan_language(language, layout));
  return plan.key;
}

Result<std::shared_ptr<const Program>> ProgramBuilder::build(const Language& language,
                                                             const SourceLayout& layout,
                                                             const BuildLimits& limits,
                                                             std::stop_token stop) {
  Plan plan = EVAL_TRY(plan_language(language, layout));
  plan.limits = limits;
  return build_once(plan, stop);
}

Result<ProgramBuilder::Plan> ProgramBuilder::plan_package_program(const fs::path& path,
                                                                  std::span<const fs::path> support,
                                                                  const Languages& languages) {
  std::vector<sandbox::InputFile> files = EVAL_TRY(read_package_program(path, support, testlib_));
  if (has_file(files, "build") || has_file(files, "run")) return plan_scripts(std::move(files));
  const Language& language = *EVAL_TRY(package_language(path, files, languages));
  SourceProgram program;
  program.language = language.id;
  for (sandbox::InputFile& file : files) {
    program.files.push_back({std::move(file.name), std::move(*file.source.content)});
  }
  return plan_language(language, lay_out_sources(language, program));
}

Result<std::shared_ptr<const Program>> ProgramBuilder::build_package_program(
    const fs::path& path, std::span<const fs::path> support, const Languages& languages,
    const BuildLimits& limits, std::stop_token stop) {
  Plan plan = EVAL_TRY(plan_package_program(path, support, languages));
  plan.limits = limits;
  return build_once(plan, stop);
}

Result<std::string> ProgramBuilder::package_key_of(const fs::path& path,
                                                   std::span<const fs::path> support,
                                                   const Languages& languages) {
  const Plan plan = EVAL_TRY(plan_package_program(path, support, languages));
  return plan.key;
}

std::shared_ptr<ProgramBuilder::Slot> ProgramBuilder::slot_of(const std::string& key) {
  const std::lock_guard lock(mutex_);
  recent_.remove(key);
  recent_.push_front(key);
  while (recent_.size() > kProgramsKept) {
    // Whoever still runs an evicted program holds it by its shared_ptr.
    slots_.erase(recent_.back());
    recent_.pop_back();
  }
  std::shared_ptr<Slot>& slot = slots_[key];
  if (slot == nullptr) slot = std::make_shared<Slot>();
  return slot;
}

Result<std::shared_ptr<const Program>> ProgramBuilder::build_once(const Plan& plan,
                                                                  std::stop_token stop) {
  const std::shared_ptr<Slot> slot = slot_of(plan.key);
  const std::lock_guard lock(slot->mutex);
  if (slot->program != nullptr) return slot->program;
  auto program = std::make_shared<const Program>(EVAL_TRY(run_plan(plan, stop)));
  if (program->size <= kProgramKeptBytes) slot->program = program;
  return program;
}

Result<Program> ProgramBuilder::run_plan(const Plan& plan, std::stop_token stop) {
  Program program;
  program.key = plan.key;
  program.tool = plan.tool;
  program.run = plan.run;
  program.profile = plan.run_profile;
  program.readable = plan.readable;
  program.starts_warm = plan.starts_warm;
  if (!plan.makes_output) program.files = plan.sources;
  if (plan.compile.empty()) {
    program.compiled = true;
    return program;
  }
  sandbox::Command command;
  command.argv = plan.compile;
  command.environment = sandbox::box_environment();
  // The resolved folder first: /usr/bin/javac is a link through /etc/alternatives.
  command.environment["PATH"] = plan.tool_folder + ":" + command.environment["PATH"];
  command.files = plan.sources;
  if (plan.makes_output) command.outputs = {kOutputName};
  command.profile = sandbox::Profile::Compiler;
  command.warm_start = plan.starts_warm;
  sandbox::Limits limits;
  limit_time(limits, plan.limits.time);
  limits.memory = plan.limits.memory;
  limits.processes = kCompilerProcesses;
  limits.output_file = kCompiledBytes;
  limits.file_size = kCompiledBytes;
  limits.work_folder = kCompilerScratch;
  limits.standard_output = Bytes::mib(8);
  if (plan.precompiles_headers) {
    if (const auto folder = headers_.folder_for(command, kOutputName, limits, stop)) {
      command.argv.insert(command.argv.begin() + 1, {"-isystem", folder->string()});
      command.readable_host_paths.push_back(*folder);
    }
  }
  sandbox::ExecutionResult run = EVAL_TRY_IN(sandbox_.run(command, limits, stop), "compiling");
  if (run.status == sandbox::RunStatus::Cancelled) {
    return fail(ErrorCode::Cancelled, "compiling was cancelled");
  }
  program.log = log_of(run);
  const auto output = run.outputs.find(kOutputName);
  program.compiled = run.status == sandbox::RunStatus::Exited && run.exit_code == 0 &&
                     (!plan.makes_output || output != run.outputs.end());
  if (!program.compiled) {
    if (!program.log.empty() && !program.log.ends_with('\n')) program.log += '\n';
    program.log += why_not_compiled(run, plan.limits);
    if (lacks_testlib(plan.sources)) program.log += kTestlibIsMissing;
    return program;
  }
  if (plan.makes_output) {
    program.size = Bytes{output->second.size()};
    program.folder = EVAL_TRY(TempDir::create("evalctl-program-"));
    const fs::path kept = program.folder->path() / kOutputName;
    EVAL_TRY(write_plainly(kept, output->second));
    program.files = {{kOutputName, {kept, std::nullopt}, true}};
  }
  return program;
}

}  // namespace eval::judges
