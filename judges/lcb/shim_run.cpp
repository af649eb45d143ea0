#include "judges/lcb/shim_run.h"

#include <fmt/format.h>

#include "base/embedded.h"
#include "base/hash.h"
#include "base/random.h"
#include "base/text.h"
#include "judges/steps/program.h"

EVAL_EMBEDDED(eval_lcb_interpreter_state)
EVAL_EMBEDDED(eval_lcb_program_text)
EVAL_EMBEDDED(eval_lcb_spell_value)
EVAL_EMBEDDED(eval_lcb_shim)

namespace eval::judges {
namespace {

constexpr Bytes kStandardErrorKept = Bytes::kib(64);
constexpr int kProcesses = 64;

// The last of the parts runs them.
const std::string& shim_source() {
  static const std::string source =
      fmt::format("{}{}{}{}", eval_lcb_interpreter_state(), eval_lcb_program_text(),
                  eval_lcb_spell_value(), eval_lcb_shim());
  return source;
}

}  // namespace

Result<ShimInterpreter> find_shim_interpreter(const Languages& languages, std::string_view id) {
  ShimInterpreter python;
  python.language = languages.find(id);
  if (python.language == nullptr) {
    return fail(ErrorCode::Unsupported, fmt::format("language \"{}\" is not in the table", id));
  }
  python.tool = EVAL_TRY(find_tool(*python.language));
  // The official evaluator brings it, and programs import it.
  std::error_code error;
  if (fs::exists("/usr/lib/python3/dist-packages/numpy", error)) python.modules = "numpy";
  return python;
}

std::string shim_hash() {
  static const std::string hash = sha256_hex(shim_source());
  return hash;
}

Result<std::unique_ptr<ShimRun>> run_shim(sandbox::Sandbox& sandbox, const ShimInterpreter& python,
                                          ShimJob job, const ShimLimits& limits,
                                          std::stop_token stop) {
  job.nonce = fmt::format("{:016x}{:016x}", random_bits(), random_bits());
  sandbox::Command command;
  // Without site: the shim sets up what programs rely on, which takes a third of the time. Not as a file
  // of the work folder, which a warm interpreter must not look into.
  command.argv = {python.tool.program.string(),
                  "-I",
                  "-S",
                  "-B",
                  "-X",
                  "utf8",
                  "-c",
                  shim_source(),
                  job.mode == "call" ? "plain" : "official"};
  command.environment = sandbox::box_environment();
  command.warm_start = true;
  command.standard_input.content = shim_input(job);
  command.profile = python.language->run_profile;
  for (const std::string& path : python.language->readable) {
    std::error_code error;
    if (fs::exists(path, error)) command.readable_host_paths.emplace_back(path);
  }
  sandbox::Limits box;
  box.cpu_time = limits.cpu_time;
  box.wall_time = limits.wall_time;
  box.memory = limits.memory;
  box.standard_output = limits.output;
  box.standard_error = kStandardErrorKept;
  box.processes = kProcesses;
  box.alone = limits.alone;
  auto done = std::make_unique<ShimRun>();
  done->run = EVAL_TRY(sandbox.run(command, box, stop));
  if (done->run.status == sandbox::RunStatus::Cancelled) {
    return fail(ErrorCode::Cancelled, "judging was cancelled");
  }
  done->nonce = std::move(job.nonce);
  done->frames = parse_shim_frames(done->nonce, done->run.standard_output);
  // Nothing of the submission runs before this frame.
  if (done->frames.frames.empty() || done->frames.frames.front().kind != ShimFrame::Kind::Ready) {
    return fail(ErrorCode::Infrastructure,
                fmt::format("{} did not start in its box ({}): {}", python.tool.version,
                            sandbox::run_status_name(done->run.status),
                            shorten(to_valid_utf8(trim(done->run.standard_error)), 400)));
  }
  return done;
}

Result<std::string> read_test_data(const problems::DataFile& file) {
  std::string content = EVAL_TRY(read_file(file.path));
  if (file.sha256.empty() || sha256_hex(content) == file.sha256) return content;
  return fail(ErrorCode::BadInput, "a file of test data is not what it was when it was unpacked",
              file.path.string(),
              fmt::format("remove {}, and it is unpacked again", file.path.parent_path().string()));
}

}  // namespace eval::judges
