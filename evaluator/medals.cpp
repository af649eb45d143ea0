#include "evaluator/medals.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "base/embedded.h"
#include "base/json.h"
#include "base/text.h"

EVAL_EMBEDDED(eval_medals_json)

namespace eval::evaluator {
namespace {

// 20 minutes a rejected run: rules of the ICPC World Finals.
constexpr double kPenaltyPerRejection = 20;

// Scores are sums of values with two decimals; a cutoff is reached despite the rounding of sums.
constexpr double kScoreTolerance = 1e-6;

struct Standing {
  int solved = 0;
  double penalty = 0;
};

struct Cutoff {
  std::string medal;
  std::optional<double> cutoff;
  std::optional<double> penalty;  // ICPC
  std::optional<int> rank;        // ICPC: of the last team with this medal
  std::string confidence;
  std::string source;
};

struct Contest {
  std::string key;
  std::string title;
  double score_max = 0;
  std::optional<int> problems;
  std::vector<Cutoff> cutoffs;  // gold, silver, bronze
  std::optional<int> teams;
  std::map<int, int> solved_histogram;  // problems solved -> teams; empty: not known
  std::vector<Standing> standings;      // the first ranks, best first
  std::vector<std::string> reported;
};

// "35", "439.28": at most two decimals, none that say nothing.
std::string number_text(double value) {
  std::string text = fmt::format("{:.2f}", value);
  while (text.back() == '0') text.pop_back();
  if (text.back() == '.') text.pop_back();
  return text == "-0" ? "0" : text;
}

Result<Cutoff> read_cutoff(const Json& json) {
  Cutoff cutoff;
  cutoff.medal = EVAL_TRY(read_string(json, "medal"));
  if (find_member(json, "cutoff")) cutoff.cutoff = EVAL_TRY(read_number(json, "cutoff", 0));
  if (find_member(json, "penalty")) cutoff.penalty = EVAL_TRY(read_number(json, "penalty", 0));
  if (find_member(json, "rank")) {
    cutoff.rank = static_cast<int>(EVAL_TRY(read_integer(json, "rank", 0)));
  }
  cutoff.confidence = EVAL_TRY(read_string(json, "confidence"));
  cutoff.source = EVAL_TRY(read_string(json, "source"));
  return cutoff;
}

Result<std::string> read_reported(const Json& json) {
  const std::string system = EVAL_TRY(read_string(json, "system"));
  const double score = EVAL_TRY(read_number(json, "score", 0));
  const std::string detail = EVAL_TRY(read_string(json, "detail"));
  const std::string source = EVAL_TRY(read_string(json, "source"));
  return fmt::format("{}: {}{} [{}]", system, number_text(score),
                     detail.empty() ? "" : " (" + detail + ")", source);
}

Result<void> read_standings(const Json& json, Contest& contest) {
  if (const Json* histogram = find_member(json, "solved_histogram")) {
    for (const auto& [solved, teams] : histogram->items()) {
      const auto key = parse_integer(solved);
      if (!key || !teams.is_number_integer()) {
        return fail(ErrorCode::Internal, "solved_histogram should map numbers to numbers");
      }
      contest.solved_histogram[static_cast<int>(*key)] = teams.get<int>();
    }
  }
  if (const Json* standings = find_member(json, "standings")) {
    for (const Json& row : *standings) {
      if (!row.is_array() || row.size() != 2 || !row[0].is_number() || !row[1].is_number()) {
        return fail(ErrorCode::Internal, "standings should be pairs of solved and penalty");
      }
      contest.standings.push_back({row[0].get<int>(), row[1].get<double>()});
    }
  }
  return {};
}

Result<Contest> read_contest(const Json& json) {
  Contest contest;
  contest.key = EVAL_TRY(read_string(json, "key"));
  contest.title = EVAL_TRY(read_string(json, "title"));
  contest.score_max = EVAL_TRY(read_number(json, "score_max", 0));
  if (find_member(json, "problems")) {
    contest.problems = static_cast<int>(EVAL_TRY(read_integer(json, "problems", 0)));
  }
  if (find_member(json, "teams")) {
    contest.teams = static_cast<int>(EVAL_TRY(read_integer(json, "teams", 0)));
  }
  if (const Json* cutoffs = find_member(json, "cutoffs")) {
    for (const Json& cutoff : *cutoffs) contest.cutoffs.push_back(EVAL_TRY(read_cutoff(cutoff)));
  }
  EVAL_TRY(read_standings(json, contest));
  if (const Json* reported = find_member(json, "reported")) {
    for (const Json& line : *reported) contest.reported.push_back(EVAL_TRY(read_reported(line)));
  }
  return contest;
}

Result<std::vector<Contest>> read_table() {
  const Json json = EVAL_TRY(parse_json(eval_medals_json(), "medals.json"));
  std::vector<Contest> contests;
  if (const Json* list = find_member(json, "contests")) {
    for (const Json& entry : *list) contests.push_back(EVAL_TRY(read_contest(entry)));
  }
  return contests;
}

Result<Contest> find_contest(std::string_view key) {
  auto contests = EVAL_TRY(read_table());
  for (Contest& contest : contests) {
    if (contest.key == key) return std::move(contest);
  }
  const auto closest = closest_match(key, list_contests());
  return fail(ErrorCode::NotFound, fmt::format("contest \"{}\" is not in the medal table", key), {},
              closest ? fmt::format("did you mean \"{}\"?", *closest)
                      : "keys look like imo-2025, ioi-2025, icpc-wf-2025");
}

std::vector<reports::MedalCutoff> cutoffs_of(const Contest& contest, double score) {
  std::vector<reports::MedalCutoff> cutoffs;
  for (const Cutoff& cutoff : contest.cutoffs) {
    reports::MedalCutoff view;
    view.medal = cutoff.medal;
    view.cutoff = cutoff.cutoff;
    // Rounded, because a sum like 88.53 + 28.75 + ... is not exact in binary.
    if (cutoff.cutoff) view.distance = std::round((score - *cutoff.cutoff) * 1e6) / 1e6;
    view.cutoff_penalty = cutoff.penalty;
    view.confidence = cutoff.confidence;
    view.source = cutoff.source;
    cutoffs.push_back(std::move(view));
  }
  return cutoffs;
}

std::string confidence_note(const Cutoff& cutoff) {
  if (cutoff.confidence == "secondary") return " (from a secondary source)";
  if (cutoff.confidence == "unverified") return " (unverified)";
  return "";
}

// "gold", "gold or silver", "gold, silver or none".
std::string any_of(const std::vector<std::string>& medals) {
  std::string text;
  for (std::size_t i = 0; i < medals.size(); ++i) {
    if (i > 0) text += i + 1 == medals.size() ? " or " : ", ";
    text += medals[i] == "none" && medals.size() > 1 ? "no medal" : medals[i];
  }
  return text;
}

// Points: everybody at or above a cutoff has that medal. Walks from gold down and keeps what an
// unknown cutoff leaves open.
void decide_by_points(const Contest& contest, double score, reports::MedalOutcome& outcome) {
  std::vector<std::string> open;   // medals that an unknown cutoff could still give
  const Cutoff* missed = nullptr;  // the lowest cutoff that is known and not reached
  for (const Cutoff& cutoff : contest.cutoffs) {
    if (!cutoff.cutoff) {
      open.push_back(cutoff.medal);
      continue;
    }
    if (score + kScoreTolerance < *cutoff.cutoff) {
      // Above this cutoff nothing can be reached, known or not: cutoffs only rise.
      open.clear();
      missed = &cutoff;
      continue;
    }
    if (open.empty()) {
      outcome.medal = cutoff.medal;
      outcome.explanation =
          fmt::format("{} of {} points reach the {} cutoff of {}{}.", number_text(score),
                      number_text(contest.score_max), cutoff.medal, number_text(*cutoff.cutoff),
                      confidence_note(cutoff));
    } else {
      outcome.medal = "unknown";
      outcome.explanation =
          fmt::format("{} points reach the {} cutoff of {}{}; whether they reach {} is not known.",
                      number_text(score), cutoff.medal, number_text(*cutoff.cutoff),
                      confidence_note(cutoff), any_of(open));
    }
    return;
  }
  const std::string below =
      missed == nullptr
          ? fmt::format("{} points", number_text(score))
          : fmt::format("{} points are below the {} cutoff of {}{}", number_text(score),
                        missed->medal, number_text(*missed->cutoff), confidence_note(*missed));
  // No contest gives a medal for nothing, whatever its cutoffs are.
  if (open.empty() || score <= 0) {
    outcome.medal = "none";
    outcome.explanation = below + ".";
    return;
  }
  outcome.medal = "unknown";
  outcome.explanation =
      fmt::format("{}; the {} of {} {} not known.", below, open.size() == 1 ? "cutoff" : "cutoffs",
                  replace_all(any_of(open), " or ", " and "), open.size() == 1 ? "is" : "are");
}

struct RankRange {
  int best = 1;
  int worst = 1;
};

// Where a team with `solved` problems stands: after everybody who solved more, and anywhere among
// those who solved as many unless the penalty tells. nullopt if there are no standings.
std::optional<RankRange> rank_range(const Contest& contest, int solved,
                                    std::optional<double> penalty) {
  if (contest.standings.empty() || !contest.teams) return std::nullopt;
  const int listed_min = contest.standings.back().solved;
  int more = 0, listed_same = 0, better = 0, tied = 0;
  double last_penalty = 0;
  for (const Standing& team : contest.standings) {
    more += team.solved > solved ? 1 : 0;
    if (team.solved != solved) continue;
    listed_same += 1;
    last_penalty = team.penalty;
    if (penalty) better += team.penalty < *penalty ? 1 : 0;
    if (penalty) tied += team.penalty == *penalty ? 1 : 0;
  }
  int same = listed_same;
  if (!contest.solved_histogram.empty()) {
    more = same = 0;
    for (const auto& [count, teams] : contest.solved_histogram) {
      more += count > solved ? teams : 0;
      same += count == solved ? teams : 0;
    }
  } else if (solved <= listed_min) {
    // The list ends here or above: anybody not listed may stand before us.
    same = *contest.teams - more;
  }
  if (!penalty) return RankRange{more + 1, more + same + 1};
  // Those not listed have at least the last listed penalty.
  const bool among_listed = listed_same > 0 && *penalty < last_penalty;
  const int unlisted = among_listed ? 0 : same - listed_same;
  return RankRange{more + better + 1, more + better + tied + unlisted + 1};
}

std::string medal_of_rank(const Contest& contest, int rank) {
  for (const Cutoff& cutoff : contest.cutoffs) {
    if (cutoff.rank && rank <= *cutoff.rank) return cutoff.medal;
  }
  return "none";
}

void decide_by_rank(const Contest& contest, const ContestScore& score,
                    reports::MedalOutcome& outcome) {
  const int solved = static_cast<int>(std::lround(score.score));
  outcome.penalty = score.penalty;
  const auto range = rank_range(contest, solved, score.penalty);
  const std::string start = fmt::format("{} of {} problems solved", solved,
                                        static_cast<int>(std::lround(contest.score_max)));
  if (!range) {
    outcome.medal = "unknown";
    outcome.explanation = start + "; the standings of this contest are not known.";
    return;
  }
  outcome.rank_best = range->best;
  outcome.rank_worst = range->worst;
  std::vector<std::string> medals;
  for (int rank = range->best; rank <= range->worst; ++rank) {
    const std::string medal = medal_of_rank(contest, rank);
    if (medals.empty() || medals.back() != medal) medals.push_back(medal);
  }
  const std::string ranks = range->best == range->worst
                                ? fmt::format("rank {}", range->best)
                                : fmt::format("rank {} to {}", range->best, range->worst);
  const std::string with_penalty =
      score.penalty ? fmt::format(" with {} minutes of penalty", number_text(*score.penalty)) : "";
  if (medals.size() == 1) {
    outcome.medal = medals.front();
    outcome.explanation =
        fmt::format("{}{}: {}, {}{}.", start, with_penalty, ranks,
                    medals.front() == "none" ? "no medal" : medals.front(),
                    score.penalty || range->best == range->worst ? "" : " whatever the penalty");
    return;
  }
  outcome.medal = "unknown";
  outcome.explanation =
      fmt::format("{}{}: {}, {}, {}.", start, with_penalty, ranks, any_of(medals),
                  score.penalty ? "because the standings are not known that far down"
                                : "which the penalty decides and a run without a time model lacks");
}

bool is_rejected(judges::Verdict verdict) {
  switch (verdict) {
    case judges::Verdict::PC:
    case judges::Verdict::WA:
    case judges::Verdict::TLE:
    case judges::Verdict::MLE:
    case judges::Verdict::OLE:
    case judges::Verdict::RE:
      return true;
    case judges::Verdict::AC:
    case judges::Verdict::CE:
    case judges::Verdict::NA:
    case judges::Verdict::JE:
    case judges::Verdict::IE:
      return false;
  }
  return false;
}

}  // namespace

std::optional<ContestKind> contest_kind(std::string_view contest) {
  if (contest.starts_with("imo-")) return ContestKind::Imo;
  if (contest.starts_with("ioi-")) return ContestKind::Ioi;
  if (contest.starts_with("icpc-wf-")) return ContestKind::IcpcWorldFinals;
  return std::nullopt;
}

std::vector<std::string> list_contests() {
  std::vector<std::string> keys;
  const auto contests = read_table();
  if (!contests) return keys;
  for (const Contest& contest : *contests) keys.push_back(contest.key);
  return keys;
}

Result<reports::MedalOutcome> medal_outcome(std::string_view key, const ContestScore& score) {
  const Contest contest = EVAL_TRY(find_contest(key));
  reports::MedalOutcome outcome;
  outcome.contest = contest.title;
  outcome.score = score.score;
  outcome.score_max = contest.score_max;
  outcome.cutoffs = cutoffs_of(contest, score.score);
  outcome.reported = contest.reported;
  if (contest_kind(key) == ContestKind::IcpcWorldFinals) {
    decide_by_rank(contest, score, outcome);
  } else {
    decide_by_points(contest, score.score, outcome);
  }
  if (contest.problems && score.problems < *contest.problems) {
    outcome.explanation += fmt::format(
        " The run has {} of the contest's {} problems; the others "
        "count as not solved.",
        score.problems, *contest.problems);
  }
  return outcome;
}

double icpc_penalty(std::span<const std::vector<std::optional<judges::Verdict>>> problems,
                    const IcpcTimeModel& model) {
  double total = 0;
  for (const auto& verdicts : problems) {
    const auto accepted = std::find(verdicts.begin(), verdicts.end(), judges::Verdict::AC);
    if (accepted == verdicts.end()) continue;
    const auto submissions = static_cast<double>(accepted - verdicts.begin()) + 1;
    const auto rejected = std::count_if(verdicts.begin(), accepted, [](const auto& verdict) {
      return verdict && is_rejected(*verdict);
    });
    total += std::floor(submissions * model.minutes_per_attempt) +
             kPenaltyPerRejection * static_cast<double>(rejected);
  }
  return total;
}

}  // namespace eval::evaluator
