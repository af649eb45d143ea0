#include "evaluator/controls.h"

#include <fmt/format.h>

#include <limits>
#include <map>
#include <set>

#include "base/text.h"
#include "evaluator/flips.h"

namespace eval::evaluator {
namespace {

using judges::Judgement;
using judges::Verdict;

// Of a patch that changed nothing because it was empty: no environment was opened for it.
constexpr std::string_view kNoEnvironment = "none";
constexpr std::string_view kEnvironment = " environment ";

struct Control {
  std::vector<Verdict> verdicts;       // oldest first
  std::vector<std::string> testcases;  // whose verdict changed
};

struct Controls {
  std::optional<Control> gold;
  std::optional<Control> empty;
};

// The control's judgements that were made as its latest was.
Control control_of(Attempt attempt) {
  const std::string way = *way_of_judging(attempt.judgements.back());
  std::erase_if(attempt.judgements,
                [&](const Judgement& one) { return way_of_judging(one) != way; });
  Control control;
  for (const Judgement& judgement : attempt.judgements) {
    control.verdicts.push_back(judgement.verdict);
  }
  for (const Flip& flip : find_flips({attempt}, std::numeric_limits<int>::max())) {
    control.testcases = flip.testcases;
  }
  return control;
}

bool changed(const Control& control) {
  for (const Verdict verdict : control.verdicts) {
    if (verdict != control.verdicts.front()) return true;
  }
  return false;
}

// The ways in which each problem of the run was judged; a problem without any is not in it.
std::map<std::string, std::set<std::string>> ways_of(const std::vector<Attempt>& attempts) {
  std::map<std::string, std::set<std::string>> ways;
  for (const Attempt& attempt : attempts) {
    for (const Judgement& judgement : attempt.judgements) {
      if (auto way = way_of_judging(judgement)) ways[attempt.problem_id].insert(*std::move(way));
    }
  }
  return ways;
}

// "AC", "AC, WA, AC".
std::string verdicts_text(const Control& control) {
  std::vector<std::string> names;
  const std::size_t shown = changed(control) ? control.verdicts.size() : 1;
  for (std::size_t i = control.verdicts.size() - shown; i < control.verdicts.size(); ++i) {
    names.emplace_back(judges::verdict_name(control.verdicts[i]));
  }
  return join(names, ", ");
}

std::string fault_text(const Controls& controls) {
  std::vector<std::string> parts;
  const auto add = [&](const std::optional<Control>& control, std::string_view what,
                       bool is_wrong) {
    if (!control || (!is_wrong && !changed(*control))) return;
    std::string text = fmt::format("{} got {}", what, verdicts_text(*control));
    if (!control->testcases.empty()) {
      text += fmt::format(" ({}{})", control->testcases.front(),
                          control->testcases.size() == 1
                              ? std::string()
                              : fmt::format(" and {} more", control->testcases.size() - 1));
    }
    parts.push_back(std::move(text));
  };
  add(controls.gold, "the reference patch",
      controls.gold && controls.gold->verdicts.back() != Verdict::AC);
  add(controls.empty, "a patch that changes nothing",
      controls.empty && controls.empty->verdicts.back() == Verdict::AC);
  return join(parts, "; ");
}

// The controls that fit the run, by problem.
Result<std::map<std::string, Controls>> find_controls(
    Store& store, const std::vector<ProblemSnapshot>& problems,
    const std::map<std::string, std::set<std::string>>& ways) {
  std::map<std::string, std::string> contents;
  for (const ProblemSnapshot& problem : problems) contents[problem.id] = problem.content_hash;
  std::map<std::string, Controls> found;
  for (const RunSummary& run : EVAL_TRY(store.runs())) {
    if (!is_control(run.manifest)) continue;
    const bool is_gold = run.manifest.model == kGoldModel;
    std::set<std::string> same;  // problems with the content that they have in the run
    for (const ProblemSnapshot& problem : EVAL_TRY(store.problems(run.manifest.run_id))) {
      const auto content = contents.find(problem.id);
      if (content != contents.end() && content->second == problem.content_hash)
        same.insert(problem.id);
    }
    for (const Attempt& attempt : EVAL_TRY(store.attempts(run.manifest.run_id, false))) {
      if (!same.contains(attempt.problem_id) || attempt.judgements.empty()) continue;
      const auto way = way_of_judging(attempt.judgements.back());
      const auto wanted = ways.find(attempt.problem_id);
      if (!way || (wanted != ways.end() && !wanted->second.contains(*way))) continue;
      Controls& controls = found[attempt.problem_id];
      (is_gold ? controls.gold : controls.empty) = control_of(attempt);
    }
  }
  return found;
}

}  // namespace

bool is_control(const RunManifest& manifest) {
  return manifest.model == kGoldModel || manifest.model == kEmptyModel;
}

std::optional<std::string> way_of_judging(const Judgement& judgement) {
  const std::size_t at = judgement.fingerprint.find(kEnvironment);
  if (at == std::string::npos) return std::nullopt;
  const std::string way = judgement.fingerprint.substr(0, judgement.fingerprint.find(';', at));
  if (way.substr(at + kEnvironment.size()) == kNoEnvironment) return std::nullopt;
  return way;
}

Result<std::optional<reports::ControlsModel>> controls_of(
    Store& store, const std::vector<ProblemSnapshot>& problems,
    const std::vector<Attempt>& attempts) {
  const auto ways = ways_of(attempts);
  if (ways.empty()) return std::optional<reports::ControlsModel>();
  const auto found = EVAL_TRY(find_controls(store, problems, ways));
  reports::ControlsModel model;
  for (const ProblemSnapshot& problem : problems) {
    const auto controls = found.find(problem.id);
    if (controls == found.end()) continue;
    if (controls->second.gold) model.gold_count += 1;
    if (controls->second.empty) model.empty_count += 1;
    std::string why = fault_text(controls->second);
    if (why.empty()) continue;
    const bool is_flaky = (controls->second.gold && changed(*controls->second.gold)) ||
                          (controls->second.empty && changed(*controls->second.empty));
    model.apart.push_back({problem.id, std::move(why), is_flaky});
  }
  return std::optional(std::move(model));
}

}  // namespace eval::evaluator
