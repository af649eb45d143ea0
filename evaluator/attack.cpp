#include "evaluator/attack.h"

#include <fmt/format.h>

#include <set>

#include "base/json.h"

namespace eval::evaluator {
namespace {

// More than any attack needs, so that it is its own limit that ends it and not a slow machine.
constexpr std::chrono::milliseconds kRunTime{2000};
constexpr std::chrono::milliseconds kRunWall{10'000};
constexpr Bytes kRunMemory = Bytes::mib(256);
constexpr Bytes kRunOutput = Bytes::mib(1);
constexpr Bytes kRunFolder = Bytes::mib(64);
constexpr std::chrono::milliseconds kCompileTime{20'000};
constexpr Bytes kCompileMemory = Bytes::gib(1);

Result<std::vector<std::string>> read_words(const Json& object, std::string_view key) {
  std::vector<std::string> words;
  const Json* list = find_member(object, key);
  if (list == nullptr) return words;
  const auto bad = [key] {
    return fail(ErrorCode::BadInput, fmt::format("\"{}\" is not a list of strings", key));
  };
  if (!list->is_array()) return bad();
  for (const Json& word : *list) {
    if (!word.is_string()) return bad();
    words.push_back(word.get<std::string>());
  }
  return words;
}

Result<AttackKind> read_kind(const Json& row) {
  const std::string name = EVAL_TRY(read_string(row, "kind"));
  if (name == "run") return AttackKind::Run;
  if (name == "compile") return AttackKind::Compile;
  if (name == "pair") return AttackKind::Pair;
  if (name == "together") return AttackKind::Together;
  return fail(ErrorCode::BadInput, fmt::format("kind \"{}\" is not known", name), {},
              "use run, compile, pair or together");
}

Result<sandbox::Profile> read_profile(const Json& row) {
  const std::string name = EVAL_TRY(read_string(row, "profile", "native"));
  if (name == "native") return sandbox::Profile::Native;
  if (name == "managed") return sandbox::Profile::Managed;
  return fail(ErrorCode::BadInput, fmt::format("profile \"{}\" is not known", name), {},
              "use native or managed");
}

sandbox::Limits default_limits(AttackKind kind) {
  sandbox::Limits limits;
  const bool compiles = kind == AttackKind::Compile;
  limits.cpu_time = compiles ? kCompileTime : kRunTime;
  limits.wall_time = kRunWall;
  limits.memory = compiles ? kCompileMemory : kRunMemory;
  limits.standard_output = kRunOutput;
  limits.work_folder = kRunFolder;
  return limits;
}

// A whole number above 0, or `fallback` where it is not given.
Result<std::uint64_t> read_count(const Json& object, std::string_view key, std::uint64_t fallback) {
  const std::int64_t value =
      EVAL_TRY(read_integer(object, key, static_cast<std::int64_t>(fallback)));
  if (value > 0) return static_cast<std::uint64_t>(value);
  return fail(ErrorCode::BadInput, fmt::format("the limit \"{}\" is {}", key, value), {},
              "use a number above 0");
}

Result<void> read_limits(const Json& row, sandbox::Limits& limits) {
  const Json* given = find_member(row, "limits");
  if (given == nullptr) return {};
  const auto time = [given](std::string_view key, std::chrono::milliseconds fallback) {
    return read_count(*given, key, static_cast<std::uint64_t>(fallback.count()));
  };
  limits.cpu_time = std::chrono::milliseconds(EVAL_TRY(time("cpu_ms", limits.cpu_time)));
  limits.wall_time = std::chrono::milliseconds(EVAL_TRY(time("wall_ms", limits.wall_time)));
  limits.memory =
      Bytes::mib(EVAL_TRY(read_count(*given, "memory_mib", limits.memory.count >> 20U)));
  limits.standard_output =
      Bytes::kib(EVAL_TRY(read_count(*given, "output_kib", limits.standard_output.count >> 10U)));
  limits.work_folder =
      Bytes::mib(EVAL_TRY(read_count(*given, "work_folder_mib", limits.work_folder.count >> 20U)));
  limits.processes = static_cast<int>(
      EVAL_TRY(read_count(*given, "processes", static_cast<std::uint64_t>(limits.processes))));
  return {};
}

Result<AttackExpectation> read_expectation(const Json& row) {
  AttackExpectation expect;
  const Json* given = find_member(row, "expect");
  if (given == nullptr) return fail(ErrorCode::BadInput, "it says nothing about what to expect");
  expect.status = EVAL_TRY(read_words(*given, "status"));
  expect.stdout_has = EVAL_TRY(read_string(*given, "stdout_has"));
  expect.never_has = EVAL_TRY(read_words(*given, "never_has"));
  expect.no_outputs = EVAL_TRY(read_bool(*given, "no_outputs", false));
  if (find_member(*given, "exit_code") != nullptr) {
    expect.exit_code = static_cast<int>(EVAL_TRY(read_integer(*given, "exit_code", 0)));
  }
  if (expect.status.empty()) return fail(ErrorCode::BadInput, "no status is expected");
  std::set<std::string_view> known = {"compiled", "rejected"};
  using sandbox::RunStatus;
  for (const RunStatus status :
       {RunStatus::Exited, RunStatus::Signalled, RunStatus::CpuTimeLimit, RunStatus::WallTimeLimit,
        RunStatus::MemoryLimit, RunStatus::OutputLimit, RunStatus::ForbiddenSyscall}) {
    known.insert(run_status_name(status));
  }
  for (const std::string& status : expect.status) {
    if (known.count(status) == 0) {
      return fail(ErrorCode::BadInput, fmt::format("the status \"{}\" is not known", status));
    }
  }
  return expect;
}

Result<Attack> read_attack(const Json& row, const fs::path& folder) {
  Attack attack;
  attack.name = EVAL_TRY(read_string(row, "name"));
  const std::string source = EVAL_TRY(read_string(row, "source"));
  attack.language = EVAL_TRY(read_string(row, "language"));
  attack.kind = EVAL_TRY(read_kind(row));
  attack.tries = EVAL_TRY(read_string(row, "tries"));
  attack.must_stop = EVAL_TRY(read_string(row, "must_stop"));
  if (attack.name.empty() || source.empty() || attack.language.empty() || attack.tries.empty() ||
      attack.must_stop.empty()) {
    return fail(ErrorCode::BadInput, "it needs name, source, language, tries and must_stop");
  }
  attack.source = folder / source;
  if (!is_inside(attack.source, folder)) {
    return fail(ErrorCode::BadInput,
                fmt::format("its source \"{}\" is no file of the folder", source));
  }
  attack.profile = EVAL_TRY(read_profile(row));
  attack.limits = default_limits(attack.kind);
  EVAL_TRY(read_limits(row, attack.limits));
  attack.outputs = EVAL_TRY(read_words(row, "outputs"));
  attack.expect = EVAL_TRY(read_expectation(row));
  return attack;
}

}  // namespace

Result<std::vector<Attack>> load_attacks(const fs::path& folder) {
  const fs::path manifest = folder / "attacks.json";
  const std::string text = EVAL_TRY(read_file(manifest, Bytes::mib(4)));
  const Json rows = EVAL_TRY(parse_json(text, manifest.string()));
  if (!rows.is_array()) {
    return fail(ErrorCode::BadInput, "the attack suite is not a list", manifest.string());
  }
  std::vector<Attack> attacks;
  std::set<std::string> names;
  for (const Json& row : rows) {
    const std::string where = fmt::format("{}: attack {}", manifest.string(), attacks.size() + 1);
    attacks.push_back(EVAL_TRY_IN(read_attack(row, folder), where));
    if (!names.insert(attacks.back().name).second) {
      return fail(ErrorCode::BadInput,
                  fmt::format("there are two attacks \"{}\"", attacks.back().name), where);
    }
  }
  return attacks;
}

}  // namespace eval::evaluator
