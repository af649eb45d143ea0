#include "evaluator/medals.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>

#include "base/files.h"
#include "base/json.h"
#include "base/text.h"

namespace eval::evaluator {
namespace {

using judges::Verdict;
using reports::MedalOutcome;
using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;

MedalOutcome outcome(std::string_view contest, ContestScore score) {
  auto found = medal_outcome(contest, score);
  EXPECT_TRUE(found.has_value()) << describe(found.error());
  return found.value_or(MedalOutcome{});
}

// The three results of the Nemotron-Cascade 2 report (arXiv 2603.19220, tables 1 and 2).
TEST(Medals, GivesNemotronCascade2ItsImoGold) {
  const MedalOutcome imo = outcome("imo-2025", {.score = 35, .problems = 6});
  EXPECT_EQ(imo.medal, "gold");
  EXPECT_EQ(imo.contest, "IMO 2025");
  EXPECT_EQ(imo.score_max, 42);
  ASSERT_EQ(imo.cutoffs.size(), 3u);
  EXPECT_EQ(imo.cutoffs[0].cutoff, 35);
  EXPECT_EQ(imo.cutoffs[0].distance, 0);
}

TEST(Medals, GivesNemotronCascade2ItsIoiGoldBy98Hundredths) {
  const double total = 39 + 88.53 + 100 + 100 + 28.75 + 83;
  const MedalOutcome ioi = outcome("ioi-2025", {.score = total, .problems = 6});
  EXPECT_EQ(ioi.medal, "gold");
  EXPECT_DOUBLE_EQ(ioi.cutoffs[0].distance.value_or(-1), 0.98);
  EXPECT_EQ(ioi.cutoffs[0].confidence, "secondary");
}

TEST(Medals, GivesTenProblemsOf2025GoldWhateverThePenalty) {
  const MedalOutcome icpc = outcome("icpc-wf-2025", {.score = 10, .problems = 12});
  EXPECT_EQ(icpc.medal, "gold");
  EXPECT_EQ(icpc.rank_best, 2);
  EXPECT_EQ(icpc.rank_worst, 4);
  EXPECT_THAT(icpc.explanation, HasSubstr("rank 2 to 4, gold whatever the penalty"));
}

TEST(Medals, LeavesNineProblemsOf2025ToThePenalty) {
  const MedalOutcome icpc = outcome("icpc-wf-2025", {.score = 9, .problems = 12});
  EXPECT_EQ(icpc.medal, "unknown");
  EXPECT_EQ(icpc.rank_best, 4);
  EXPECT_EQ(icpc.rank_worst, 18);
  EXPECT_THAT(icpc.explanation, HasSubstr("gold, silver, bronze or no medal"));
}

TEST(Medals, DecidesNineProblemsOf2025ByThePenaltyWhereThereIsOne) {
  // Ranks 4 and 5 of 2025 are 9/865 and 9/887, ranks 8 and 9 are 9/1123 and 9/1128.
  const MedalOutcome gold = outcome("icpc-wf-2025", {.score = 9, .problems = 12, .penalty = 864});
  EXPECT_EQ(gold.medal, "gold");
  EXPECT_EQ(gold.rank_best, 4);
  EXPECT_EQ(gold.rank_worst, 4);
  EXPECT_EQ(outcome("icpc-wf-2025", {.score = 9, .problems = 12, .penalty = 900}).medal, "silver");
  EXPECT_EQ(outcome("icpc-wf-2025", {.score = 9, .problems = 12, .penalty = 1150}).medal, "bronze");
  EXPECT_EQ(outcome("icpc-wf-2025", {.score = 9, .problems = 12, .penalty = 1250}).medal, "none");
}

TEST(Medals, LeavesATiedPenaltyOpenBecauseTheLastAcceptanceDecidesIt) {
  const MedalOutcome tied = outcome("icpc-wf-2025", {.score = 9, .problems = 12, .penalty = 865});
  EXPECT_EQ(tied.rank_best, 4);
  EXPECT_EQ(tied.rank_worst, 5);
  EXPECT_EQ(tied.medal, "unknown");
}

TEST(Medals, RanksBelowTheListedTeamsByTheHistogram) {
  // 1 + 2 + 14 teams solved more than eight in 2025, 22 solved eight.
  const MedalOutcome icpc = outcome("icpc-wf-2025", {.score = 8, .problems = 12});
  EXPECT_EQ(icpc.medal, "none");
  EXPECT_EQ(icpc.rank_best, 18);
  EXPECT_EQ(icpc.rank_worst, 40);
}

TEST(Medals, KnowsOnlyABoundWhereTheStandingsEnd) {
  // Of 2019 the first 15 of 135 teams are known; the last of them solved seven.
  const MedalOutcome icpc = outcome("icpc-wf-2019", {.score = 3, .problems = 11});
  EXPECT_EQ(icpc.medal, "none");
  EXPECT_EQ(icpc.rank_best, 16);
  EXPECT_EQ(icpc.rank_worst, 136);
}

TEST(Medals, PutsMoreProblemsThanAnyTeamFirst) {
  const MedalOutcome icpc = outcome("icpc-wf-2025", {.score = 12, .problems = 12});
  EXPECT_EQ(icpc.medal, "gold");
  EXPECT_EQ(icpc.rank_worst, 1);
}

TEST(Medals, SaysThatAnIcpcWithoutStandingsIsUnknown) {
  EXPECT_EQ(outcome("icpc-wf-2021", {.score = 12, .problems = 12}).medal, "unknown");
}

TEST(Medals, LeavesAnIoi2025ScoreBelowGoldUnknown) {
  const MedalOutcome ioi = outcome("ioi-2025", {.score = 400, .problems = 6});
  EXPECT_EQ(ioi.medal, "unknown");
  EXPECT_THAT(ioi.explanation, AllOf(HasSubstr("below the gold cutoff of 438.3"),
                                     HasSubstr("the cutoffs of silver and bronze are not known")));
  EXPECT_FALSE(ioi.cutoffs[1].cutoff.has_value());
  EXPECT_FALSE(ioi.cutoffs[1].distance.has_value());
  EXPECT_EQ(ioi.cutoffs[1].confidence, "unknown");
}

TEST(Medals, GivesNothingForNoPoints) {
  EXPECT_EQ(outcome("ioi-2025", {.score = 0, .problems = 6}).medal, "none");
}

TEST(Medals, FindsEveryMedalAtItsCutoffAndTheNextBelowIt) {
  // IMO 2024: 29, 22, 16.
  const std::map<double, std::string> expected = {{42, "gold"},   {29, "gold"},   {28, "silver"},
                                                  {22, "silver"}, {21, "bronze"}, {16, "bronze"},
                                                  {15, "none"}};
  for (const auto& [score, medal] : expected) {
    EXPECT_EQ(outcome("imo-2024", {.score = score, .problems = 6}).medal, medal) << score;
  }
}

TEST(Medals, SaysWhenACutoffIsUnverified) {
  const MedalOutcome imo = outcome("imo-2025", {.score = 20, .problems = 6});
  EXPECT_EQ(imo.medal, "bronze");
  EXPECT_THAT(imo.explanation, HasSubstr("unverified"));
}

TEST(Medals, SaysWhenTheRunHasNotAllProblems) {
  const MedalOutcome icpc = outcome("icpc-wf-2025", {.score = 10, .problems = 11});
  EXPECT_THAT(icpc.explanation, HasSubstr("11 of the contest's 12 problems"));
}

TEST(Medals, ListsPublishedSystemsOfTheSameContest) {
  const MedalOutcome ioi = outcome("ioi-2025", {.score = 0, .problems = 6});
  EXPECT_THAT(ioi.reported, Contains(HasSubstr("Nemotron-Cascade-2-30B-A3B: 439.28")));
}

TEST(Medals, OffersTheClosestContest) {
  const auto unknown = medal_outcome("icpc-wf-2O25", {});
  ASSERT_FALSE(unknown.has_value());
  EXPECT_EQ(unknown.error().code, ErrorCode::NotFound);
  EXPECT_THAT(unknown.error().help, HasSubstr("icpc-wf-20"));
}

TEST(Medals, GivesEveryContestACutoffOrSaysUnknown) {
  const auto contests = list_contests();
  EXPECT_THAT(contests,
              AllOf(Contains("imo-2010"), Contains("ioi-2019"), Contains("icpc-wf-2018")));
  for (const std::string& contest : contests) {
    const MedalOutcome found = outcome(contest, {.score = 1, .problems = 1});
    ASSERT_EQ(found.cutoffs.size(), 3u) << contest;
    for (const auto& cutoff : found.cutoffs) {
      EXPECT_EQ(cutoff.cutoff.has_value(), cutoff.confidence != "unknown") << contest;
      EXPECT_EQ(cutoff.cutoff.has_value(), !cutoff.source.empty()) << contest;
    }
    EXPECT_TRUE(contest_kind(contest).has_value()) << contest;
  }
}

TEST(IcpcPenalty, CountsMinutesAndRejectedRunsOfSolvedProblemsOnly) {
  // Two problems solved: accepted at minute 10 at once; accepted at minute 40 after two rejected runs
  // and a free compile error. A third is never solved and costs nothing.
  const std::vector<std::vector<std::optional<Verdict>>> problems = {
      {Verdict::AC, Verdict::WA},
      {Verdict::WA, Verdict::CE, Verdict::TLE, Verdict::AC},
      {Verdict::WA, Verdict::RE}};
  EXPECT_EQ(icpc_penalty(problems, {.minutes_per_attempt = 10}), 10 + 40 + 2 * 20);
}

TEST(IcpcPenalty, RoundsTheMinuteDownAndForgivesWhatWasNeverSubmitted) {
  const std::vector<std::vector<std::optional<Verdict>>> problems = {
      {Verdict::NA, Verdict::IE, Verdict::JE, std::nullopt, Verdict::AC}};
  EXPECT_EQ(icpc_penalty(problems, {.minutes_per_attempt = 1.5}), 7);
}

// Recomputes cutoffs from complete results where they are at hand.
class MedalData : public testing::Test {
 protected:
  void SetUp() override {
    const char* folder = std::getenv("EVALCTL_TEST_DATA");  // NOLINT(concurrency-mt-unsafe)
    if (folder == nullptr) GTEST_SKIP() << "EVALCTL_TEST_DATA is not set";
    folder_ = fs::path(folder) / "standings";
    if (!fs::exists(folder_)) GTEST_SKIP() << folder_ << " does not exist";
  }
  fs::path folder_;
};

// The fields of one CSV line; quoted fields may hold commas.
std::vector<std::string> csv_fields(std::string_view line) {
  std::vector<std::string> fields(1);
  bool quoted = false;
  for (const char c : line) {
    if (c == '"') {
      quoted = !quoted;
    } else if (c == ',' && !quoted) {
      fields.emplace_back();
    } else {
      fields.back() += c;
    }
  }
  return fields;
}

TEST_F(MedalData, AgreesWithTheLowestImoTotalOfEachAward) {
  const auto text = read_file(folder_ / "imo" / "individual_results_2010_2023.csv");
  ASSERT_TRUE(text.has_value()) << describe(text.error());
  std::map<std::string, std::map<std::string, double>> lowest;  // contest -> award -> total
  for (const std::string_view line : split_lines(*text)) {
    const auto fields = csv_fields(line);
    ASSERT_EQ(fields.size(), 13u) << line;
    const auto total = parse_double(fields[10]);
    if (!total) continue;  // the header, and contestants without a total
    const auto [entry, is_new] =
        lowest["imo-" + fields[0]].try_emplace(to_lower(split(fields[12], ' ')[0]), *total);
    entry->second = std::min(entry->second, *total);
  }
  EXPECT_EQ(lowest.size(), 14u);
  for (const auto& [contest, awards] : lowest) {
    for (const auto& cutoff : outcome(contest, {.score = 0, .problems = 6}).cutoffs) {
      EXPECT_EQ(cutoff.cutoff, awards.at(cutoff.medal)) << contest << " " << cutoff.medal;
    }
  }
}

// Puts every team of a contest through the table and compares with its true rank.
void expect_ranks(const std::string& contest, std::vector<std::pair<int, double>> teams) {
  std::sort(teams.begin(), teams.end(), [](const auto& a, const auto& b) {
    return a.first != b.first ? a.first > b.first : a.second < b.second;
  });
  for (std::size_t i = 0; i < teams.size(); ++i) {
    const auto [solved, penalty] = teams[i];
    const MedalOutcome found = outcome(
        contest, {.score = static_cast<double>(solved), .problems = 20, .penalty = penalty});
    const int rank = static_cast<int>(i) + 1;
    EXPECT_LE(found.rank_best.value_or(0), rank) << contest << " " << solved << "/" << penalty;
    EXPECT_GE(found.rank_worst.value_or(0), rank) << contest << " " << solved << "/" << penalty;
  }
}

TEST_F(MedalData, RanksEveryTeamOfTwoWorldFinalsWhereItStood) {
  for (const auto& [contest, file] : std::map<std::string, std::string>{
           {"icpc-wf-2018", "wf42_2018.srk.json"}, {"icpc-wf-2024", "wf48_luxor_2023.srk.json"}}) {
    const auto text = read_file(folder_ / "icpc_wf" / file);
    ASSERT_TRUE(text.has_value()) << describe(text.error());
    const auto json = parse_json(*text, file);
    ASSERT_TRUE(json.has_value());
    std::vector<std::pair<int, double>> teams;
    for (const Json& row : json->at("rows")) {
      const Json& score = row.at("score");
      const double unit = score.at("time").at(1) == "s" ? 60 : 1;
      teams.emplace_back(score.at("value").get<int>(), score.at("time").at(0).get<double>() / unit);
    }
    EXPECT_GE(teams.size(), 140u);
    expect_ranks(contest, teams);
  }
}

TEST_F(MedalData, RecomputesTheGoldCutoffOf2023FromItsRuns) {
  const auto text = read_file(folder_ / "icpc_wf" / "xcpcio_47th" / "run.json");
  ASSERT_TRUE(text.has_value()) << describe(text.error());
  const auto json = parse_json(*text, "run.json");
  ASSERT_TRUE(json.has_value());
  struct Problem {
    int rejected = 0;
    std::optional<int> accepted_minute;
  };
  std::vector<Json> runs(json->begin(), json->end());
  std::stable_sort(runs.begin(), runs.end(), [](const Json& a, const Json& b) {
    return a.at("timestamp").get<int>() < b.at("timestamp").get<int>();
  });
  std::map<std::string, std::map<int, Problem>> teams;
  for (const Json& run : runs) {
    Problem& problem = teams[run.at("team_id").get<std::string>()][run.at("problem_id").get<int>()];
    if (problem.accepted_minute) continue;
    if (run.at("status") == "CORRECT") {
      problem.accepted_minute = run.at("timestamp").get<int>() / 60;
    } else {
      problem.rejected += 1;
    }
  }
  std::vector<std::pair<int, double>> totals;
  for (const auto& [team, problems] : teams) {
    totals.emplace_back(0, 0);
    for (const auto& [id, problem] : problems) {
      if (!problem.accepted_minute) continue;
      totals.back().first += 1;
      totals.back().second += *problem.accepted_minute + 20 * problem.rejected;
    }
  }
  expect_ranks("icpc-wf-2023", totals);
  std::sort(totals.begin(), totals.end(), [](const auto& a, const auto& b) {
    return a.first != b.first ? a.first > b.first : a.second < b.second;
  });
  const auto cutoffs = outcome("icpc-wf-2023", {.score = 0, .problems = 11}).cutoffs;
  EXPECT_EQ(cutoffs[0].cutoff, totals[3].first);
  EXPECT_EQ(cutoffs[0].cutoff_penalty, totals[3].second);
  EXPECT_EQ(cutoffs[2].cutoff, totals[11].first);
  EXPECT_EQ(cutoffs[2].cutoff_penalty, totals[11].second);
}

}  // namespace
}  // namespace eval::evaluator
