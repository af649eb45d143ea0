#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "runners/recording.h"

namespace eval::runners {
namespace {

using std::chrono::milliseconds;

// Attempts of a problem, turns of an attempt; more is a mistake in the file.
constexpr std::int64_t kAttemptsMax = 1'000'000;

const std::vector<std::string>& known_keys() {
  static const std::vector<std::string> keys = {
      "problem",      "attempt",        "text",          "reasoning",   "finish_reason",
      "files",        "language",       "model",         "fingerprint", "prompt_tokens",
      "queue_ms",     "first_token_ms", "generation_ms", "tries",       "completion_tokens",
      "token_sha256", "token_ids",      "token_texts",   "logprobs",    "turn"};
  return keys;
}

std::optional<std::int64_t> count_member(const Entry& entry, std::string_view key, Faults& faults) {
  if (find_member(entry.value, key) == nullptr) return std::nullopt;
  auto count = read_integer(entry.value, key, 0);
  if (!count) {
    faults.add(std::move(count).error().in(entry.where));
    return std::nullopt;
  }
  if (*count < 0) {
    faults.add(fmt::format("\"{}\" is {}, below 0", key, *count), entry.where);
    return std::nullopt;
  }
  return *count;
}

std::optional<std::string> optional_text(const Entry& entry, std::string_view key, Faults& faults) {
  if (find_member(entry.value, key) == nullptr) return std::nullopt;
  return text_member(entry, key, faults);
}

void check_keys(const Entry& entry, Faults& faults) {
  for (const auto& [key, value] : entry.value.items()) {
    if (std::find(known_keys().begin(), known_keys().end(), key) != known_keys().end()) continue;
    const auto near = closest_match(key, known_keys());
    faults.add(fmt::format("unknown key \"{}\"", key), entry.where,
               near ? fmt::format("did you mean \"{}\"?", *near) : std::string());
  }
}

FinishReason finish_reason_member(const Entry& entry, Faults& faults) {
  const std::string name = text_member(entry, "finish_reason", faults);
  if (name.empty()) return FinishReason::Stop;
  const auto reason = finish_reason_from_name(name);
  if (!reason) {
    faults.add(fmt::format("unknown finish reason \"{}\"", name), entry.where,
               "use stop, length, refused or cancelled");
  }
  return reason.value_or(FinishReason::Stop);
}

// A name that stays inside the folder it is written to.
bool is_plain_relative(std::string_view name) {
  if (name.empty() || name.starts_with('/') || name.find('\0') != std::string_view::npos) {
    return false;
  }
  const std::vector<std::string> parts = split(name, '/');
  return std::none_of(parts.begin(), parts.end(), [](const std::string& part) {
    return part.empty() || part == "." || part == "..";
  });
}

std::vector<RecordedFile> files_member(const Entry& entry, Faults& faults) {
  const Json* list = find_member(entry.value, "files");
  if (list == nullptr) return {};
  if (!list->is_array()) {
    faults.add("\"files\" should be a list of {\"name\", \"content\"}", entry.where);
    return {};
  }
  std::vector<RecordedFile> files;
  for (const Json& element : *list) {
    const Json* name = find_member(element, "name");
    const Json* content = find_member(element, "content");
    if (name == nullptr || content == nullptr || !name->is_string() || !content->is_string()) {
      faults.add("each of \"files\" should have a \"name\" and a \"content\", both texts",
                 entry.where);
      continue;
    }
    files.push_back({name->get<std::string>(), content->get<std::string>()});
    if (!is_plain_relative(files.back().name)) {
      faults.add(
          fmt::format("the file name \"{}\" leaves the submission's folder", files.back().name),
          entry.where);
    }
  }
  return files;
}

Generation read_generation(const Entry& entry, Faults& faults) {
  Generation generation;
  generation.text = text_member(entry, "text", faults);
  generation.reasoning = optional_text(entry, "reasoning", faults);
  generation.finish_reason = finish_reason_member(entry, faults);
  generation.prompt_tokens = count_member(entry, "prompt_tokens", faults);
  generation.completion_tokens = count_member(entry, "completion_tokens", faults);
  generation.queue_time = milliseconds(count_member(entry, "queue_ms", faults).value_or(0));
  if (const auto first = count_member(entry, "first_token_ms", faults)) {
    generation.first_token_time = milliseconds(*first);
  }
  generation.total_time = milliseconds(count_member(entry, "generation_ms", faults).value_or(0));
  const std::int64_t tries = count_member(entry, "tries", faults).value_or(1);
  generation.tries = static_cast<int>(std::min<std::int64_t>(tries, kAttemptsMax));
  generation.model = text_member(entry, "model", faults);
  generation.fingerprint = text_member(entry, "fingerprint", faults);
  generation.files = files_member(entry, faults);
  generation.language = optional_text(entry, "language", faults);
  generation.token_hash = optional_text(entry, "token_sha256", faults);
  if (find_member(entry.value, "logprobs") != nullptr) {
    auto logprobs = read_token_logprobs(entry.value);
    if (logprobs)
      generation.logprobs = *std::move(logprobs);
    else
      faults.add(std::move(logprobs).error().in(entry.where));
  }
  if (find_member(entry.value, "text") == nullptr && generation.files.empty()) {
    faults.add("neither \"text\" nor \"files\" is there", entry.where,
               "an attempt in which the model wrote nothing has \"text\": \"\"");
  }
  return generation;
}

struct Found {
  Generation generation;
  std::string where;
};
// By attempt and turn.
using FoundByPlace = std::map<std::pair<std::int64_t, std::int64_t>, Found>;

// The number of an attempt or a turn; nullopt, and a fault, if it is none or too large.
std::optional<std::int64_t> place_member(const Entry& entry, std::string_view key, Faults& faults) {
  const auto place = count_member(entry, key, faults);
  if (place && *place >= kAttemptsMax) {
    faults.add(fmt::format("{} {} is beyond the limit of {}", key, *place, kAttemptsMax),
               entry.where);
  }
  return place;
}

// "attempt 3", and of an attempt of several turns "attempt 3, turn 2".
std::string place_name(std::int64_t attempt, std::int64_t turn) {
  return turn == 0 ? fmt::format("attempt {}", attempt)
                   : fmt::format("attempt {}, turn {}", attempt, turn);
}

void read_entry(const Entry& entry, std::map<std::string, FoundByPlace>& found, Faults& faults) {
  check_keys(entry, faults);
  const std::string problem = text_member(entry, "problem", faults);
  if (problem.empty()) faults.add("\"problem\" is missing", entry.where);
  const auto attempt = place_member(entry, "attempt", faults);
  if (find_member(entry.value, "attempt") == nullptr) {
    faults.add("\"attempt\" is missing", entry.where, "attempts of a problem count from 0");
  }
  const auto turn = place_member(entry, "turn", faults);
  Generation generation = read_generation(entry, faults);
  if (problem.empty() || !attempt) return;
  const auto [place, is_new] = found[problem].try_emplace(
      {*attempt, turn.value_or(0)}, Found{std::move(generation), entry.where});
  if (!is_new) {
    faults.add(fmt::format("{} of problem \"{}\" occurs twice",
                           place_name(*attempt, turn.value_or(0)), problem),
               entry.where, "it was first at " + place->second.where);
  }
}

}  // namespace

Recording read_own(const std::vector<Entry>& entries, Faults& faults) {
  std::map<std::string, FoundByPlace> found;
  for (const Entry& entry : entries) {
    if (!faults.add_unreadable(entry)) read_entry(entry, found, faults);
  }
  Recording recording;
  for (auto& [problem, places] : found) {
    std::vector<RecordedAttempt>& attempts = recording[problem];
    std::pair<std::int64_t, std::int64_t> last = {-1, 0};
    for (auto& [place, one] : places) {
      const auto [attempt, turn] = place;
      const bool goes_on = attempt == last.first;
      const std::int64_t next_attempt = goes_on ? attempt : last.first + 1;
      const std::int64_t next_turn = goes_on ? last.second + 1 : 0;
      if (attempt != next_attempt || turn != next_turn) {
        faults.add(
            fmt::format("problem \"{}\" has {} but no {}", problem, place_name(attempt, turn),
                        attempt != next_attempt ? place_name(next_attempt, 0)
                        : next_turn == 0        ? place_name(attempt, 0) + ", turn 0"
                                                : place_name(attempt, next_turn)),
            one.where, "attempts of a problem, and turns of an attempt, count from 0 without gaps");
      }
      if (!goes_on) attempts.emplace_back();
      attempts.back().push_back(std::move(one.generation));
      last = place;
    }
  }
  return recording;
}

std::string recording_line(const std::string& problem_id, int attempt, const Generation& generation,
                           int turn) {
  Json line = Json::object();
  const auto put = [&](const char* key, const auto& value) {
    if (value) {
      line[key] = *value;
    } else {
      line[key] = nullptr;
    }
  };
  line["problem"] = problem_id;
  line["attempt"] = attempt;
  if (turn != 0) line["turn"] = turn;
  line["text"] = generation.text;
  put("reasoning", generation.reasoning);
  line["finish_reason"] = finish_reason_name(generation.finish_reason);
  put("prompt_tokens", generation.prompt_tokens);
  put("completion_tokens", generation.completion_tokens);
  line["model"] = generation.model;
  line["generation_ms"] = generation.total_time.count();
  if (generation.queue_time.count() != 0) line["queue_ms"] = generation.queue_time.count();
  if (generation.first_token_time) line["first_token_ms"] = generation.first_token_time->count();
  if (generation.tries != 1) line["tries"] = generation.tries;
  if (!generation.fingerprint.empty()) line["fingerprint"] = generation.fingerprint;
  if (!generation.files.empty()) {
    Json& files = line["files"] = Json::array();
    for (const RecordedFile& file : generation.files) {
      files.push_back(Json{{"name", file.name}, {"content", file.content}});
    }
  }
  if (generation.language) line["language"] = *generation.language;
  if (generation.token_hash) line["token_sha256"] = *generation.token_hash;
  if (generation.logprobs) line.update(to_json(*generation.logprobs));
  return to_json_line(line);
}

}  // namespace eval::runners
