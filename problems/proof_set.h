#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.h"
#include "base/result.h"
#include "problems/problem.h"

// Problem sets of olympiads: one file (or MathArena folder) with many ProofTask problems, and, in
// some, proofs that people have marked. FORMAT.md in this folder has the formats.
namespace eval::problems {

// What a person gave a proof.
struct HumanMark {
  std::string grader;  // "human", "judge 2", a name
  double points = 0;   // 0 .. points_max of the problem
  std::string comment;
  friend bool operator==(const HumanMark&, const HumanMark&) = default;
};

// A proof with the marks of people: what a proof grader is calibrated on.
struct MarkedProof {
  std::string id;           // unique in the set
  std::size_t problem = 0;  // index into ProofSet::suite.problems
  std::string text;
  std::vector<HumanMark> marks;  // never empty
  friend bool operator==(const MarkedProof&, const MarkedProof&) = default;
};

struct ProofSet {
  // Named after the file and its content, "proofbench@1a2b3c4d": a changed file is another suite.
  Suite suite;
  std::vector<MarkedProof> proofs;  // in file order; empty where the set has problems alone
  std::string format;               // "imobench-proof", "imobench-answer", "imobench-grading", ...
  std::string content_hash;         // SHA-256 of all files read
  // Rows that cannot be used (a proof without text, a label nobody defined), one line each.
  std::vector<std::string> skipped;
  friend bool operator==(const ProofSet&, const ProofSet&) = default;
};

// True if `path` names a proof set: a .csv, .json, .jsonl or .yaml file, or a folder with
// grading_scheme.json. The path may end in "@HASH", the first digits of content_hash.
bool names_proof_set(std::string_view path);

// Loads a set; the format is told from the content. BadInput for a file of no known format, for rows
// without a statement or id, for two problems of one id that differ, and where "@HASH" was given and
// does not agree: a pinned set that changed is never used silently.
Result<ProofSet> load_proof_set(std::string_view path);

// Hash of all that decides a prompt or a mark.
std::string proof_content_hash(const Problem& problem);

}  // namespace eval::problems
