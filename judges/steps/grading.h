#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "judges/judgement.h"
#include "judges/verdict.h"
#include "problems/problem.h"

namespace eval::judges {

// The result of one member of a subtask (a testcase or a subtask below it), or of a whole subtask.
struct Outcome {
  Verdict verdict = Verdict::AC;
  double points = 0;
  double points_max = 1;  // what `points` is a part of, where a fraction is asked for
  bool is_sample = false;
  std::string name;
  std::string detail;  // why, for JE
  friend bool operator==(const Outcome&, const Outcome&) = default;
};

// A subtask's own outcome from those of its members, in the order judged. Members that were not run
// (early stop) are left out by the caller.
//
// JE of any member is JE of the subtask. Otherwise the verdict follows `verdict_mode`: the first
// member that is not accepted; the worst in the order of the Kattis default grader (RE, MLE, TLE,
// OLE, WA); always accepted; or accepted if any member is. Points follow `aggregation`. With
// `ignore_samples` sample members count for neither, unless there is nothing else. No members: AC
// with no points. Points outside `range` are JE. A threshold group is accepted, with all its points, if
// every member's fraction is above 0 and at most `threshold`: the rule of CMS, where the outcome of
// such a task is a cost and 0 means that there was no answer.
Outcome grade_subtask(const problems::Subtask& subtask, std::span<const Outcome> members);

// `points` to so many decimals, as CMS rounds (Python's round of the binary number).
double rounded(double points, int decimals);

// True if no later member of `subtask` is run once `member` was: the subtask stops at its first error,
// and this is one. A part of the marks is none, unless nothing is left of them: the least or the product
// can still fall. In a threshold group an error is an outcome outside the threshold.
bool stops_after(const problems::Subtask& subtask, const Outcome& member);

// What a custom grader reads: one line "VERDICT SCORE" per member, in Kattis's words (RE is "RTE").
std::string grader_input(std::span<const Outcome> members);

// What a custom grader printed, "VERDICT SCORE", as the subtask's outcome; JE if it is not that.
Outcome parse_grader_output(const problems::Subtask& subtask, std::string_view output);

// JE if `outcome.points` lie outside the subtask's range.
Outcome held_to_range(const problems::Subtask& subtask, Outcome outcome);

// The verdict and points of the whole submission from the outcome of the root subtask.
//
// Pass-fail: the root's verdict; full points if AC. Scoring: AC with full marks, PC with some points
// and at least one accepted testcase, else the verdict of the first testcase that was not accepted
// (WA if there is none: everything was accepted for no points).
void conclude(const problems::Problem& problem, const Outcome& root, Judgement& judgement);

}  // namespace eval::judges
