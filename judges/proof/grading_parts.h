#pragma once

#include <optional>
#include <string>
#include <vector>

#include "judges/judgement.h"
#include "judges/proof/ask.h"
#include "judges/proof/reply_parser.h"
#include "problems/problem.h"

// What the proof judge puts its prompts and judgements together from. Pure. Internal to judges/proof.
namespace eval::judges::proof {

// One grading of a proof: the reply, and the mark in it if there is one.
struct Marked {
  Reply reply;
  std::optional<ParsedMark> mark;
  const ProofGrader* grader = nullptr;
};

std::string or_none(const std::string& text);

// The marking scheme of a task for a prompt; empty if it has none.
std::string scheme_text(const problems::ProofTask& task);

// What the other markers found, for MathArena's second round.
std::string others_text(const std::vector<Marked>& gradings);

// The greatest difference between two marks.
double spread(const std::vector<Marked>& gradings);

// A grading as a test of the judgement, "NAME (GRADER)"; a text written on the way as one.
TestResult test_of(std::string name, const Marked& grading);
TestResult text_result(std::string name, const std::string& text);

// "62 of 64 gradings brought a mark (1 refused, 1 truncated)"
std::string count_text(const std::vector<Marked>& gradings);

// The median of each part of the scheme over the gradings that have it, and the whole last; empty where
// no grading has parts.
std::vector<SubtaskResult> part_results(const problems::ProofTask& task,
                                        const std::vector<Marked>& gradings, double mark);

}  // namespace eval::judges::proof
