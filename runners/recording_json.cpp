#include <fmt/format.h>

#include "base/check.h"
#include "runners/recording.h"

namespace eval::runners {
namespace {

constexpr std::size_t kFaultsMax = 20;  // a screenful

// LiveCodeBench programs are Python 3.
constexpr std::string_view kLiveCodeBenchLanguage = "python3";

// The texts of a list; nullopt if it is absent or, which is a fault, no list of texts.
std::optional<std::vector<std::string>> text_list(const Entry& entry, std::string_view key,
                                                  Faults& faults) {
  const Json* list = find_member(entry.value, key);
  if (list == nullptr) return std::nullopt;
  std::vector<std::string> texts;
  if (list->is_array()) {
    for (const Json& element : *list) {
      if (!element.is_string()) break;
      texts.push_back(element.get<std::string>());
    }
  }
  if (!list->is_array() || texts.size() != list->size()) {
    faults.add(fmt::format("\"{}\" should be a list of texts", key), entry.where);
    return std::nullopt;
  }
  return texts;
}

// As livecodebench_entry_id(); a fault is added if there is none.
std::string livecodebench_id(const Entry& entry, Faults& faults) {
  std::string id = livecodebench_entry_id(entry.value);
  if (id.empty()) faults.add("\"question_id\" is missing", entry.where);
  return id;
}

}  // namespace

std::string livecodebench_entry_id(const Json& entry) {
  const auto member = [&](std::string_view key) -> std::string {
    const Json* value = find_member(entry, key);
    if (value == nullptr) return {};
    if (value->is_number_integer()) return to_json_line(*value);
    return value->is_string() ? value->get<std::string>() : std::string();
  };
  std::string id = member("id");
  if (!id.empty()) return id;
  id = member("question_id");
  if (id.empty()) id = member("task_id");
  const std::string test = member("test_id");
  return id.empty() || test.empty() ? id : id + "_" + test;
}

void Faults::add(Error error) {
  if (kept_.size() < kFaultsMax) {
    kept_.push_back(std::move(error));
  } else {
    ++left_out_;
  }
}

void Faults::add(std::string what, std::string where, std::string help) {
  add(Error{ErrorCode::BadInput, std::move(what), std::move(where), std::move(help), 0, {}});
}

bool Faults::add_unreadable(const Entry& entry) {
  if (entry.unreadable) add(*entry.unreadable);
  return entry.unreadable.has_value();
}

Error Faults::combined(const std::string& where) && {
  EVAL_CHECK(!kept_.empty());
  if (left_out_ > 0) {
    kept_.push_back({ErrorCode::BadInput,
                     fmt::format("{} more faults are not shown", left_out_),
                     where,
                     {},
                     0,
                     {}});
  }
  return combine(std::move(kept_));
}

std::string text_member(const Entry& entry, std::string_view key, Faults& faults) {
  auto text = read_string(entry.value, key);
  if (text) return *std::move(text);
  faults.add(std::move(text).error().in(entry.where));
  return {};
}

// Lists of one question have an element for each attempt. One that is shorter would hide attempts.
void check_lengths(const Entry& entry, const std::string& id, Faults& faults) {
  std::string_view first;
  std::size_t length = 0;
  for (const std::string_view key : {"output_list", "code_list", "pred_list"}) {
    const Json* list = find_member(entry.value, key);
    if (list == nullptr || !list->is_array()) continue;
    if (first.empty()) {
      first = key;
      length = list->size();
    } else if (list->size() != length) {
      faults.add(fmt::format("question \"{}\" has {} elements in \"{}\" and {} in \"{}\"", id,
                             length, first, list->size(), key),
                 entry.where);
    }
  }
}

Recording read_livecodebench(const std::vector<Entry>& entries, Faults& faults) {
  Recording recording;
  for (const Entry& entry : entries) {
    if (faults.add_unreadable(entry)) continue;
    const std::string id = livecodebench_id(entry, faults);
    if (id.empty()) continue;
    check_lengths(entry, id, faults);
    std::vector<RecordedAttempt> attempts;
    const auto predictions = text_list(entry, "pred_list", faults);
    if (const auto outputs = text_list(entry, "output_list", faults)) {
      for (const std::string& output : *outputs) {
        attempts.emplace_back(1).front().text = output;
      }
    } else if (const auto codes = text_list(entry, "code_list", faults)) {
      // The input of LiveCodeBench's custom evaluator: code without the reply it came from. Empty
      // code is what its extraction gives where it found none.
      for (const std::string& code : *codes) {
        Generation generation;
        generation.language = std::string(kLiveCodeBenchLanguage);
        if (!code.empty()) generation.files = {{"solution.py", code}};
        attempts.push_back({std::move(generation)});
      }
    } else if (predictions) {
      for (const std::string& prediction : *predictions) {
        Generation& generation = attempts.emplace_back(1).front();
        if (!prediction.empty()) generation.files = {{"prediction.txt", prediction}};
      }
    }
    if (attempts.empty()) {
      faults.add(fmt::format("question \"{}\" has neither outputs nor code", id), entry.where);
    } else if (!recording.emplace(id, std::move(attempts)).second) {
      faults.add(fmt::format("question \"{}\" occurs twice", id), entry.where);
    }
  }
  return recording;
}

Recording read_swebench(const std::vector<Entry>& entries, Faults& faults) {
  Recording recording;
  for (const Entry& entry : entries) {
    if (faults.add_unreadable(entry)) continue;
    const std::string id = text_member(entry, "instance_id", faults);
    if (id.empty()) {
      faults.add("\"instance_id\" is missing", entry.where);
      continue;
    }
    Generation generation;
    // SWE-bench Pro gathers patches under other names.
    const bool is_pro = find_member(entry.value, "model_patch") == nullptr &&
                        find_member(entry.value, "patch") != nullptr;
    generation.model = text_member(entry, is_pro ? "prefix" : "model_name_or_path", faults);
    const std::string patch = text_member(entry, is_pro ? "patch" : "model_patch", faults);
    // A null or empty patch is what harnesses write for "the model made no change".
    if (!patch.empty()) generation.files = {{"patch.diff", patch}};
    // Of several predictions for an instance the last counts, as in the official harness, which
    // puts them into a dictionary; real files have an empty one first and the patch later.
    recording[id] = {{std::move(generation)}};
  }
  return recording;
}

}  // namespace eval::runners
