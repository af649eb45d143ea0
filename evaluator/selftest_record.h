#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.h"
#include "base/json.h"
#include "base/result.h"

// What `evalctl sandbox selftest` last said about a rung of this machine: kept in the cache folder, noted in
// the store with every run that is judged, shown by every report.
namespace eval::evaluator {

struct AttackResult;

struct SelftestRecord {
  int held = 0;
  int not_held = 0;
  int skipped = 0;                       // could not be tried: a compiler is missing
  std::vector<std::string> failed = {};  // names of those not held
  std::string evalctl_version;           // that was tried
  std::string kernel;                    // it was tried on; another kernel is another machine
  std::int64_t made_ms = 0;              // Unix ms, UTC
  friend bool operator==(const SelftestRecord&, const SelftestRecord&) = default;
};

// The box that judged a run.
struct SandboxNote {
  std::string isolation;                        // the rung
  std::optional<SelftestRecord> selftest = {};  // nullopt: not run on this machine
  friend bool operator==(const SandboxNote&, const SandboxNote&) = default;
};

// Of a whole suite just carried out; `made_ms` is now.
SelftestRecord record_of(const std::vector<AttackResult>& results, std::int64_t made_ms);

Json to_json(const SelftestRecord& record);
Result<SelftestRecord> selftest_record_from_json(const Json& json);

// One file a rung in `folder`, made if it is missing.
Result<void> save_selftest(const fs::path& folder, std::string_view rung,
                           const SelftestRecord& record);

// nullopt if there is none, it cannot be read, or it was made by another version of evalctl or on another
// kernel: it says nothing about what judges now.
std::optional<SelftestRecord> load_selftest(const fs::path& folder, std::string_view rung);

}  // namespace eval::evaluator
