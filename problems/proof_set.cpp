#include "problems/proof_set.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <utility>

#include "base/hash.h"
#include "base/text.h"
#include "problems/package_files.h"
#include "problems/proof_set_builder.h"

namespace eval::problems {
namespace {

// Bumped when the same set would be read as different problems.
constexpr std::string_view kHashVersion = "evalctl-proof-1";
constexpr std::size_t kFaultsMax = 20;
// Enough to tell versions of one file apart, short enough to type.
constexpr std::size_t kPinDigits = 8;

bool is_hex(std::string_view text) {
  return std::ranges::all_of(
      text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

struct PinnedPath {
  fs::path path;
  std::string pin;  // empty: any content
};

PinnedPath split_pin(std::string_view text) {
  const std::size_t at = text.rfind('@');
  if (at == std::string_view::npos) return {fs::path(text), ""};
  const std::string_view pin = text.substr(at + 1);
  const bool is_pin = pin.size() >= 4 && pin.size() <= 64 && is_hex(pin);
  if (!is_pin) return {fs::path(text), ""};
  return {fs::path(text.substr(0, at)), std::string(pin)};
}

bool is_matharena_folder(const fs::path& path) {
  return is_file(path / "grading_scheme.json") && is_folder(path / "problems");
}

std::string slug_of(std::string_view id) {
  std::string slug;
  for (const char c : id) {
    const bool is_plain =
        std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_' || c == '.';
    slug += is_plain ? c : '-';
  }
  return slug;
}

void name_suite(ProofSet& set, const fs::path& path) {
  const std::string base = path.has_stem() ? path.stem().string() : "proofs";
  Suite& suite = set.suite;
  suite.name = fmt::format("{}@{}", slug_of(base), set.content_hash.substr(0, kPinDigits));
  if (suite.title.empty()) suite.title = base;
  suite.directory = path.parent_path();
  for (Problem& problem : suite.problems) {
    problem.suite = suite.name;
    problem.id = suite.name + "/" + problem.slug;
    problem.directory = suite.directory;
    problem.format_name = set.format;
  }
}

Result<ProofSet> read_content(const fs::path& path, std::string& bytes) {
  if (is_folder(path)) return read_matharena_folder(path, bytes);
  bytes = EVAL_TRY(read_file(path));
  const std::string extension = to_lower(path.extension().string());
  if (extension == ".csv") return read_imobench_csv(bytes, path.string());
  if (extension == ".yaml" || extension == ".yml") return read_own_yaml(bytes, path.string());
  return read_json_rows(bytes, path.string());
}

}  // namespace

std::optional<std::size_t> ProofSetBuilder::find(std::string_view id) const {
  const auto found = by_slug_.find(slug_of(id));
  if (found == by_slug_.end()) return std::nullopt;
  return found->second;
}

std::optional<std::size_t> ProofSetBuilder::add_problem(std::string_view id, Problem problem,
                                                        const std::string& where) {
  if (trim(id).empty()) {
    fault("a problem has no id", where);
    return std::nullopt;
  }
  if (trim(problem.statement).empty()) {
    fault(fmt::format("problem \"{}\" has no statement", id), where);
    return std::nullopt;
  }
  problem.slug = slug_of(trim(id));
  if (problem.title.empty()) problem.title = std::string(trim(id));
  problem.content_hash = proof_content_hash(problem);
  const auto [known, is_new] = by_slug_.emplace(problem.slug, set_.suite.problems.size());
  if (is_new) {
    set_.suite.problems.push_back(std::move(problem));
    return known->second;
  }
  if (set_.suite.problems[known->second].content_hash == problem.content_hash) return known->second;
  fault(fmt::format("two problems have the id \"{}\" and differ", problem.slug), where,
        "give them different ids");
  return std::nullopt;
}

void ProofSetBuilder::add_proof(MarkedProof proof, const std::string& where) {
  const auto [known, is_new] = proof_ids_.emplace(proof.id, where);
  if (!is_new) {
    return fault(fmt::format("two proofs have the id \"{}\"", proof.id), where,
                 "the first is at " + known->second);
  }
  if (trim(proof.text).empty()) return skip(where, "the proof has no text");
  if (proof.marks.empty()) return skip(where, "nobody marked the proof");
  set_.proofs.push_back(std::move(proof));
}

void ProofSetBuilder::refuse(Error reason) {
  const std::string line = reason.where.substr(reason.where.rfind(':') + 2);
  set_.suite.refused.push_back({line, std::move(reason)});
}

void ProofSetBuilder::skip(const std::string& where, std::string_view why) {
  set_.skipped.push_back(fmt::format("{}: {}", where, why));
}

void ProofSetBuilder::fault(std::string what, const std::string& where, std::string help) {
  if (faults_.size() < kFaultsMax) {
    faults_.push_back(Error{ErrorCode::BadInput, std::move(what), where, std::move(help), 0, {}});
  }
}

Result<ProofSet> ProofSetBuilder::finish(std::string format) && {
  if (faults_.empty() && set_.suite.problems.empty()) fault("the set has no problem", "");
  if (!faults_.empty()) return fail(combine(std::move(faults_)));
  set_.format = std::move(format);
  return std::move(set_);
}

Problem proof_problem(std::string_view statement, ProofTask task) {
  Problem problem;
  problem.statement = std::string(trim(statement));
  problem.points_max = task.is_answer_only ? 1 : 7;
  task.reference_solution = std::string(trim(task.reference_solution));
  task.grading_guidelines = std::string(trim(task.grading_guidelines));
  task.short_answer = std::string(trim(task.short_answer));
  problem.task = std::move(task);
  return problem;
}

std::optional<int> year_in(std::string_view text) {
  for (std::size_t at = 0; at + 4 <= text.size(); ++at) {
    const auto is_digit = [&](std::size_t i) {
      return i < text.size() && std::isdigit(static_cast<unsigned char>(text[i])) != 0;
    };
    if (at > 0 && is_digit(at - 1)) continue;
    if (is_digit(at + 4)) continue;
    const auto year = parse_integer(text.substr(at, 4));
    if (year && *year >= 1900 && *year <= 2099) return static_cast<int>(*year);
  }
  return std::nullopt;
}

std::string proof_content_hash(const Problem& problem) {
  const auto& task = std::get<ProofTask>(problem.task);
  ContentHash hash;
  hash.add(kHashVersion).add(problem.title).add(problem.statement);
  hash.add(std::to_string(static_cast<int>(problem.statement_format)));
  hash.add(fmt::format("{}", problem.points_max));
  hash.add(task.reference_solution).add(task.grading_guidelines).add(task.short_answer);
  hash.add(task.is_answer_only ? "answer" : "proof");
  for (const SchemePart& part : task.scheme) {
    hash.add(part.title).add(fmt::format("{}", part.points)).add(part.description);
  }
  return hash.hex();
}

bool names_proof_set(std::string_view text) {
  const fs::path path = split_pin(text).path;
  if (is_matharena_folder(path)) return true;
  const std::string extension = to_lower(path.extension().string());
  constexpr std::string_view kExtensions[] = {".csv", ".json", ".jsonl", ".yaml", ".yml"};
  return is_file(path) && std::ranges::find(kExtensions, extension) != std::end(kExtensions);
}

Result<ProofSet> load_proof_set(std::string_view text) {
  const PinnedPath pinned = split_pin(text);
  std::error_code error;
  const fs::path path = fs::weakly_canonical(pinned.path, error);
  std::string bytes;
  ProofSet set = EVAL_TRY(read_content(path, bytes));
  set.content_hash = sha256_hex(bytes);
  if (!set.content_hash.starts_with(pinned.pin)) {
    return fail(ErrorCode::BadInput,
                fmt::format("the proof set has the hash {}, and {} was asked for",
                            set.content_hash.substr(0, std::max(kPinDigits, pinned.pin.size())),
                            pinned.pin),
                path.string(), "it changed: restore the file, or pin the new hash");
  }
  name_suite(set, path);
  return set;
}

}  // namespace eval::problems
