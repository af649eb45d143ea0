#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "problems/proof_set.h"

// What the readers of proof sets share. Internal to problems/proof_set*.cpp.
namespace eval::problems {

// Collects problems and proofs; faults come together in the end.
class ProofSetBuilder {
 public:
  // Adds a problem, or finds the one of this id. One that differs from an earlier one is a fault. Its
  // index, or nullopt after a fault. Fills suite-independent fields: slug, title, hash.
  std::optional<std::size_t> add_problem(std::string_view id, Problem problem,
                                         const std::string& where);
  // The index of a problem added before.
  std::optional<std::size_t> find(std::string_view id) const;
  void add_proof(MarkedProof proof, const std::string& where);
  // A record that cannot be read: listed under Suite::refused.
  void refuse(Error reason);
  void skip(const std::string& where, std::string_view why);
  void fault(std::string what, const std::string& where, std::string help = {});

  // The set without suite name, or all faults (at most 20 of them).
  Result<ProofSet> finish(std::string format) &&;

 private:
  ProofSet set_;
  std::map<std::string, std::size_t, std::less<>> by_slug_;
  std::map<std::string, std::string, std::less<>> proof_ids_;
  std::vector<Error> faults_;
};

// A problem of `points_max` 7 with its texts trimmed.
Problem proof_problem(std::string_view statement, ProofTask task);

// The first year from 1900 to 2099 in a text like "IMO Shortlist 2021".
std::optional<int> year_in(std::string_view text);

Result<ProofSet> read_imobench_csv(std::string_view text, const std::string& where);
// A JSON list, or one object a line: MathArena's rows, or DeepSeekMath-V2's outputs.
Result<ProofSet> read_json_rows(std::string_view text, const std::string& where);
Result<ProofSet> read_matharena_folder(const fs::path& folder, std::string& all_bytes);
Result<ProofSet> read_own_yaml(std::string_view text, const std::string& where);

}  // namespace eval::problems
