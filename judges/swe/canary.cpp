#include "judges/swe/canary.h"

#include <fmt/format.h>

#include <algorithm>

namespace eval::judges::swe {
namespace {

std::string_view name_of(std::string_view path) {
  return path.substr(path.rfind('/') + 1);
}

bool is_test_file(const PatchedFile& file) {
  const std::string_view name = name_of(file.path);
  return !file.is_deleted && name.ends_with(".py") &&
         (name.starts_with("test") || name.ends_with("_test.py") || name.ends_with("_tests.py"));
}

}  // namespace

std::optional<Canary> make_canary(const problems::PatchTask& task, const RepositorySpec& spec,
                                  std::string_view nonce) {
  if (spec.language != "py" || spec.eval_type != EvalType::PassAndFail) return std::nullopt;
  const std::vector<PatchedFile> files = patched_files(task.test_patch);
  const auto file = std::ranges::find_if(files, is_test_file);
  if (file == files.end()) return std::nullopt;
  Canary canary;
  canary.file = file->path;
  // Django's runner takes classes alone, SymPy's functions alone; pytest takes both.
  canary.name = fmt::format("test_c{}", nonce);
  if (spec.log_parser == "parse_log_django") {
    canary.code = fmt::format(
        "\n\nimport unittest as _unittest_{0}\n\n\nclass C{0}(_unittest_{0}.TestCase):\n"
        "    def test_c{0}(self):\n        raise AssertionError('{0}')\n",
        nonce);
  } else {
    canary.code = fmt::format("\n\ndef test_c{0}():\n    raise AssertionError('{0}')\n", nonce);
  }
  return canary;
}

CanaryOutcome canary_outcome(const Canary& canary, const TestResults& results) {
  CanaryOutcome outcome = CanaryOutcome::Missing;
  for (const auto& [id, status] : results.entries()) {
    if (id.find(canary.name) == std::string::npos) continue;
    if (!is_fail(status)) return CanaryOutcome::Passed;
    outcome = CanaryOutcome::Failed;
  }
  return outcome;
}

}  // namespace eval::judges::swe
