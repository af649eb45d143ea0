#include "runners/replay_runner.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/hash.h"
#include "base/json.h"
#include "base/text.h"
#include "runners/recording.h"

namespace eval::runners {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::string_view kHelp =
    "runners/FORMAT.md describes the recordings that can be replayed";

enum class Format { Own, LiveCodeBench, SweBench };

std::optional<Format> format_of(const Json& object) {
  if (!object.is_object()) return std::nullopt;
  if (object.contains("problem")) return Format::Own;
  for (const char* key : {"question_id", "output_list", "pred_list"}) {
    if (object.contains(key)) return Format::LiveCodeBench;
  }
  if (object.contains("instance_id")) return Format::SweBench;
  // As NVIDIA's fork of LiveCodeBench's evaluator takes it, too.
  if (object.contains("task_id") && object.contains("code_list")) return Format::LiveCodeBench;
  return std::nullopt;
}

struct Entries {
  Format format = Format::Own;
  std::vector<Entry> list;
};

// The format of a file with one JSON object a line: that of the first line that has one, so that a
// broken first line is reported as such. nullopt if no line is an entry by itself.
std::optional<Format> format_of_lines(const std::vector<std::string_view>& lines) {
  for (const std::string_view line : lines) {
    if (!trim(line).starts_with('{')) continue;
    const auto object = parse_json(line, "line");
    if (!object) continue;
    if (const auto format = format_of(*object)) return format;
  }
  return std::nullopt;
}

Entry unreadable(std::string what, const std::string& where) {
  return {nullptr, where, Error{ErrorCode::BadInput, std::move(what), where, {}, 0, {}}};
}

Entry parse_line(std::string_view line, const std::string& where) {
  if (const auto at = find_invalid_utf8(line)) {
    return unreadable("the line is not UTF-8", fmt::format("{}, column {}", where, *at + 1));
  }
  auto value = parse_json(line, where);
  if (!value) {
    Error error = std::move(value).error();
    // The parser sees one line only, and calls it line 1.
    error.where = replace_all(error.where, ": line 1, column ", ", column ");
    return {nullptr, where, std::move(error)};
  }
  if (!value->is_object()) return unreadable("the line is no JSON object", where);
  return {*std::move(value), where, std::nullopt};
}

std::vector<Entry> parse_lines(const std::vector<std::string_view>& lines,
                               const std::string& file) {
  std::vector<Entry> entries;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (trim(lines[i]).empty()) continue;
    entries.push_back(parse_line(lines[i], fmt::format("{}: line {}", file, i + 1)));
  }
  return entries;
}

// The entries of a list, and the format of the first that has one.
std::optional<Format> split_list(Json& list, const std::string& file, std::vector<Entry>& entries) {
  std::optional<Format> format;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const std::string where = fmt::format("{}: entry {}", file, i + 1);
    if (!list[i].is_object()) {
      entries.push_back(unreadable("the entry is no JSON object", where));
      continue;
    }
    if (!format) format = format_of(list[i]);
    entries.push_back({std::move(list[i]), where, std::nullopt});
  }
  return format;
}

// The entries of an object keyed by SWE-bench instance id; nullopt if it is no such object.
std::optional<Format> split_by_instance(Json& object, const std::string& file,
                                        std::vector<Entry>& entries) {
  std::optional<Format> format;
  for (const auto& [id, value] : object.items()) {
    const std::string where = fmt::format("{}: \"{}\"", file, id);
    if (!value.is_object() || !value.contains("model_patch")) {
      entries.push_back(unreadable("the entry has no \"model_patch\"", where));
      continue;
    }
    format = Format::SweBench;
    const Json* inner = find_member(value, "instance_id");
    if (inner != nullptr && *inner != Json(id)) {
      entries.push_back(unreadable("\"instance_id\" differs from the entry's key", where));
      continue;
    }
    value["instance_id"] = id;
    entries.push_back({std::move(value), where, std::nullopt});
  }
  return format;
}

// The entries of what NVIDIA's fork of LiveCodeBench's evaluator writes, an object keyed by question id. Its
// "output_list" repeats the programs.
void split_graded(Json& graded, const std::string& file, std::vector<Entry>& entries) {
  for (const auto& [id, value] : graded.items()) {
    const std::string where = fmt::format("{}: \"{}\"", file, id);
    if (!value.is_object()) {
      entries.push_back(unreadable("the entry is no JSON object", where));
    } else if (const Json* language = find_member(value, "language");
               language != nullptr && *language != Json("python")) {
      entries.push_back(unreadable("the programs are not Python", where));
    } else {
      value["question_id"] = id;
      value.erase("output_list");
      entries.push_back({std::move(value), where, std::nullopt});
    }
  }
}

// A JSON list of entries, one entry alone, an object keyed by SWE-bench instance id, or one with graded entries.
Result<Entries> split_whole(Json whole, const std::string& file) {
  Entries entries;
  std::optional<Format> format;
  if (whole.is_array()) {
    format = split_list(whole, file, entries.list);
  } else if ((format = format_of(whole))) {
    entries.list.push_back({std::move(whole), file, std::nullopt});
  } else if (whole.is_object() && whole.contains("eval") && whole["eval"].is_object()) {
    format = Format::LiveCodeBench;
    split_graded(whole["eval"], file, entries.list);
  } else if (whole.is_object()) {
    format = split_by_instance(whole, file, entries.list);
  }
  if (!format) {
    return fail(ErrorCode::BadInput, "the file is no recording of a known format", file,
                std::string(kHelp));
  }
  entries.format = *format;
  return entries;
}

Result<Entries> split_entries(std::string_view content, const std::string& file) {
  if (content.starts_with(kByteOrderMark)) content.remove_prefix(kByteOrderMark.size());
  const std::string_view text = trim(content);
  if (text.empty()) {
    return fail(ErrorCode::BadInput, "the recording is empty", file, std::string(kHelp));
  }
  if (!text.starts_with('[')) {
    const std::vector<std::string_view> lines = split_lines(content);
    if (const auto format = format_of_lines(lines)) {
      return Entries{*format, parse_lines(lines, file)};
    }
  }
  Json whole = EVAL_TRY(parse_json(content, file));
  return split_whole(std::move(whole), file);
}

std::string_view last_part(std::string_view problem_id) {
  return problem_id.substr(problem_id.rfind('/') + 1);
}

class ReplayRunner final : public Runner {
 public:
  ReplayRunner(Recording recording, std::string description)
      : recording_(std::move(recording)), description_(std::move(description)) {
    for (const auto& [id, attempts] : recording_) {
      by_last_part_[std::string(last_part(id))].push_back(&id);
    }
  }

  Result<Generation> generate(const GenerationRequest& request, std::stop_token stop) override;
  std::optional<int> attempts_available(std::string_view problem_id) const override {
    const auto attempts = find(problem_id);
    return attempts ? static_cast<int>((*attempts)->second.size()) : 0;
  }
  std::vector<std::string> recorded_beside(
      const std::vector<std::string>& problem_ids) const override;
  std::string description() const override { return description_; }
  // Nothing is waited for: one thread keeps any number of judges busy.
  int preferred_concurrency() const override { return 1; }

 private:
  // What is recorded for a problem, and under which id.
  Result<const Recording::value_type*> find(std::string_view problem_id) const;

  const Recording recording_;
  std::map<std::string, std::vector<const std::string*>> by_last_part_;  // ids in recording_
  const std::string description_;
};

Result<const Recording::value_type*> ReplayRunner::find(std::string_view problem_id) const {
  const auto whole = recording_.find(std::string(problem_id));
  if (whole != recording_.end()) return &*whole;
  const auto ending = by_last_part_.find(std::string(last_part(problem_id)));
  if (ending == by_last_part_.end()) {
    return fail(ErrorCode::NotFound, fmt::format("the recording has no problem \"{}\"", problem_id),
                description_);
  }
  if (ending->second.size() > 1) {
    return fail(
        ErrorCode::NotFound,
        fmt::format("the recording has no problem \"{}\", but {} that end alike", problem_id,
                    ending->second.size()),
        description_,
        fmt::format("the first two are \"{}\" and \"{}\"", *ending->second[0], *ending->second[1]));
  }
  return &*recording_.find(*ending->second.front());
}

std::vector<std::string> ReplayRunner::recorded_beside(
    const std::vector<std::string>& problem_ids) const {
  std::set<std::string_view> wanted;
  for (const std::string& id : problem_ids) {
    if (const auto found = find(id)) wanted.insert((*found)->first);
  }
  std::vector<std::string> others;
  for (const auto& [id, attempts] : recording_) {
    if (!wanted.contains(id)) others.push_back(id);
  }
  return others;
}

Result<Generation> ReplayRunner::generate(const GenerationRequest& request, std::stop_token stop) {
  if (stop.stop_requested()) {
    return fail(ErrorCode::Cancelled, "the generation was cancelled", description_);
  }
  const std::vector<RecordedAttempt>* attempts = &EVAL_TRY(find(request.problem_id))->second;
  if (request.attempt < 0 || static_cast<std::size_t>(request.attempt) >= attempts->size()) {
    return fail(ErrorCode::NotFound,
                fmt::format("the recording has {} attempts at \"{}\"; attempt {} was asked for",
                            attempts->size(), request.problem_id, request.attempt),
                description_);
  }
  const RecordedAttempt& turns = (*attempts)[static_cast<std::size_t>(request.attempt)];
  if (request.turn < 0 || static_cast<std::size_t>(request.turn) >= turns.size()) {
    return fail(
        ErrorCode::NotFound,
        fmt::format("the recording has {} turns of attempt {} at \"{}\"; turn {} was asked for",
                    turns.size(), request.attempt, request.problem_id, request.turn),
        description_, "a strategy of several turns needs a recording that was made with it");
  }
  Generation generation = turns[static_cast<std::size_t>(request.turn)];
  if (generation.fingerprint.empty()) {
    generation.fingerprint = generation.model.empty() ? "replay" : "replay " + generation.model;
  }
  return generation;
}

}  // namespace

Result<Recording> read_recording(const fs::path& file) {
  const std::string content = EVAL_TRY(read_file(file));
  const Entries entries = EVAL_TRY(split_entries(content, file.string()));
  Faults faults;
  Recording recording;
  switch (entries.format) {
    case Format::Own:
      recording = read_own(entries.list, faults);
      break;
    case Format::LiveCodeBench:
      recording = read_livecodebench(entries.list, faults);
      break;
    case Format::SweBench:
      recording = read_swebench(entries.list, faults);
      break;
  }
  if (!faults.empty()) return Failure(std::move(faults).combined(file.string()));
  return recording;
}

std::string recording_hash(const Recording& recording) {
  ContentHash hash;
  for (const auto& [id, attempts] : recording) {
    for (std::size_t i = 0; i < attempts.size(); ++i) {
      for (std::size_t turn = 0; turn < attempts[i].size(); ++turn) {
        hash.add(
            recording_line(id, static_cast<int>(i), attempts[i][turn], static_cast<int>(turn)));
      }
    }
  }
  return hash.hex().substr(0, 12);
}

std::unique_ptr<Runner> make_replay_runner(Recording recording, std::string description) {
  return std::make_unique<ReplayRunner>(std::move(recording), std::move(description));
}

}  // namespace eval::runners
