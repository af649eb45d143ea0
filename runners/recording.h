#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "runners/replay_runner.h"

// Inside of read_recording(): one function per format, each from a list of parsed entries.
namespace eval::runners {

// One JSON object of a recording, and where it stands: "runs.jsonl: line 3".
struct Entry {
  Json value;
  std::string where;
  std::optional<Error>
      unreadable;  // why there is no `value`; kept here so that faults come in order
};

// Faults of a recording. The first 20 are kept and the rest counted: a file of the wrong kind has
// one in every line.
class Faults {
 public:
  void add(Error error);
  void add(std::string what, std::string where, std::string help = {});
  // True, and the fault added, if `entry` could not be read.
  bool add_unreadable(const Entry& entry);
  bool empty() const { return kept_.empty(); }
  // All of them as one Error. Precondition: not empty.
  Error combined(const std::string& where) &&;

 private:
  std::vector<Error> kept_;
  std::size_t left_out_ = 0;
};

// A member that should be a text; absent (or of another type, which is a fault) gives "".
std::string text_member(const Entry& entry, std::string_view key, Faults& faults);

// Our own JSONL: {"problem", "attempt", ...}.
Recording read_own(const std::vector<Entry>& entries, Faults& faults);
// {"question_id", "output_list" or "code_list"}, and of the other scenarios "id" or "test_id", "pred_list".
Recording read_livecodebench(const std::vector<Entry>& entries, Faults& faults);
// {"instance_id", "model_name_or_path", "model_patch"}.
Recording read_swebench(const std::vector<Entry>& entries, Faults& faults);

}  // namespace eval::runners
