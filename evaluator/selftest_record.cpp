#include "evaluator/selftest_record.h"

#include <fmt/format.h>
#include <sys/utsname.h>

#include <nlohmann/json.hpp>

#include "evaluator/selftest.h"
#include "version.h"

namespace eval::evaluator {
namespace {

constexpr Bytes kFileMax = Bytes::mib(1);

std::string this_version() {
  return fmt::format("{} ({})", EVAL_VERSION, EVAL_COMMIT);
}

std::string this_kernel() {
  utsname names{};
  return uname(&names) == 0 ? fmt::format("{} {}", names.sysname, names.release) : std::string();
}

fs::path file_of(const fs::path& folder, std::string_view rung) {
  return folder / fmt::format("selftest-{}.json", rung);
}

Result<int> read_count(const Json& json, const char* key) {
  return static_cast<int>(EVAL_TRY(read_integer(json, key, 0)));
}

}  // namespace

SelftestRecord record_of(const std::vector<AttackResult>& results, std::int64_t made_ms) {
  SelftestRecord record;
  for (const AttackResult& result : results) {
    switch (result.outcome) {
      case AttackOutcome::Held:
        ++record.held;
        break;
      case AttackOutcome::NotHeld:
        ++record.not_held;
        record.failed.push_back(result.name);
        break;
      case AttackOutcome::Skipped:
        ++record.skipped;
        break;
    }
  }
  record.evalctl_version = this_version();
  record.kernel = this_kernel();
  record.made_ms = made_ms;
  return record;
}

Json to_json(const SelftestRecord& record) {
  return {{"held", record.held},
          {"not_held", record.not_held},
          {"skipped", record.skipped},
          {"failed", record.failed},
          {"evalctl_version", record.evalctl_version},
          {"kernel", record.kernel},
          {"made_ms", record.made_ms}};
}

Result<SelftestRecord> selftest_record_from_json(const Json& json) {
  if (!json.is_object()) return fail(ErrorCode::BadInput, "a selftest record is no object");
  SelftestRecord record;
  record.held = EVAL_TRY(read_count(json, "held"));
  record.not_held = EVAL_TRY(read_count(json, "not_held"));
  record.skipped = EVAL_TRY(read_count(json, "skipped"));
  if (const Json* failed = find_member(json, "failed"); failed != nullptr && failed->is_array()) {
    for (const Json& name : *failed) {
      if (name.is_string()) record.failed.push_back(name.get<std::string>());
    }
  }
  record.evalctl_version = EVAL_TRY(read_string(json, "evalctl_version"));
  record.kernel = EVAL_TRY(read_string(json, "kernel"));
  record.made_ms = EVAL_TRY(read_integer(json, "made_ms", 0));
  return record;
}

Result<void> save_selftest(const fs::path& folder, std::string_view rung,
                           const SelftestRecord& record) {
  std::error_code error;
  fs::create_directories(folder, error);
  return write_file(file_of(folder, rung), to_json_line(to_json(record)) + "\n");
}

std::optional<SelftestRecord> load_selftest(const fs::path& folder, std::string_view rung) {
  const auto text = read_file(file_of(folder, rung), kFileMax);
  if (!text) return std::nullopt;
  const auto json = parse_json(*text, "selftest record");
  if (!json) return std::nullopt;
  auto record = selftest_record_from_json(*json);
  if (!record || record->evalctl_version != this_version() || record->kernel != this_kernel()) {
    return std::nullopt;
  }
  return std::move(*record);
}

}  // namespace eval::evaluator
