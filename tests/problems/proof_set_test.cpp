#include "problems/proof_set.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "problems/csv_reader.h"
#include "problems/suite.h"

namespace eval::problems {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class ProofSetTest : public ::testing::Test {
 protected:
  std::string write(const std::string& name, std::string_view content) {
    const fs::path path = folder_.path() / name;
    EXPECT_TRUE(write_file(path, content));
    return path.string();
  }
  const ProofTask& task(const ProofSet& set, std::size_t i) {
    return std::get<ProofTask>(set.suite.problems.at(i).task);
  }
  TempDir folder_ = *TempDir::create("proof-set-test-");
};

constexpr std::string_view kProofBench =
    "Problem ID,Problem,Solution,Grading guidelines,Category,Level,Short Answer,Source\n"
    "PB-1,\"Prove that $a, b$\n\nare \"\"equal\"\".\",Obvious.,\"(Partial)\n1. Guessed\",Algebra,"
    "IMO-easy,,\"(Modified) IMO 2019, P1\"\r\n"
    "PB-2,Prove $0<1$.,By axioms.,none,Number theory,IMO-hard,$2$,Own\n";

TEST(Csv, ReadsQuotesCommasAndLineBreaksInFields) {
  const auto table = read_csv("a,b\n\"x, \"\"y\"\"\nz\",2\r\n\n3,\n", "t.csv");
  ASSERT_TRUE(table);
  ASSERT_EQ(table->rows.size(), 2U);
  EXPECT_EQ(table->rows[0].cell("a"), "x, \"y\"\nz");
  EXPECT_EQ(table->rows[0].cell("b"), "2");
  EXPECT_EQ(table->rows[1].line, 5U);
  EXPECT_EQ(table->rows[1].cell("b"), "");
}

TEST(Csv, SetsMalformedRecordsAsideAndGoesOn) {
  const auto table = read_csv("a,b\n1\n\"1\"x,2\n1,2\"3\n4,5\n", "t.csv");
  ASSERT_TRUE(table);
  ASSERT_EQ(table->rows.size(), 1U);
  EXPECT_EQ(table->rows[0].cell("b"), "5");
  ASSERT_EQ(table->malformed.size(), 3U);
  EXPECT_EQ(table->malformed[0].where, "t.csv: line 2");
  EXPECT_THAT(table->malformed[1].what, HasSubstr("closing quote"));
}

TEST(Csv, RefusesWhatIsNoTable) {
  EXPECT_FALSE(read_csv("a,b\n\"1,2\n", "t.csv"));
  EXPECT_FALSE(read_csv("a,a\n1,2\n", "t.csv"));
  EXPECT_FALSE(read_csv("", "t.csv"));
}

// The record of AnswerBench whose quotes are misplaced: read column by column, "Algebra" would be its
// answer.
TEST_F(ProofSetTest, RefusesARecordWhoseColumnsAreShifted) {
  const auto set = load_proof_set(write(
      "a.csv",
      "Problem ID,Problem,Short Answer,Category,Subcategory,Source\nA-1,\"Find it:\n,\"$Y(x)=1$"
      "\",Algebra,Equation,Iran 2002\nA-2,How many?,$3$,Algebra,Operation,Own\n"));
  ASSERT_TRUE(set) << describe(set.error());
  EXPECT_EQ(set->suite.problems.size(), 1U);
  ASSERT_EQ(set->suite.refused.size(), 1U);
  EXPECT_EQ(set->suite.refused[0].id, "line 2");
}

TEST_F(ProofSetTest, ReadsProofBenchAsPublished) {
  const auto set = load_proof_set(write("proofbench.csv", kProofBench));
  ASSERT_TRUE(set) << describe(set.error());
  EXPECT_EQ(set->format, "imobench-proof");
  ASSERT_EQ(set->suite.problems.size(), 2U);
  const Problem& first = set->suite.problems[0];
  EXPECT_EQ(first.statement, "Prove that $a, b$\n\nare \"equal\".");
  EXPECT_EQ(first.points_max, 7);
  EXPECT_EQ(first.id, set->suite.name + "/PB-1");
  EXPECT_EQ(task(*set, 0).grading_guidelines, "(Partial)\n1. Guessed");
  EXPECT_EQ(task(*set, 0).year, 2019);
  EXPECT_EQ(task(*set, 1).short_answer, "$2$");
  EXPECT_FALSE(task(*set, 1).is_answer_only);
}

TEST_F(ProofSetTest, ReadsAnswerBenchAsAnswersOutOfOne) {
  const auto set = load_proof_set(write(
      "a.csv",
      "Problem ID,Problem,Short Answer,Category,Subcategory,Source\nA-1,How many?,$3$,Algebra,"
      "Operation,IMO Shortlist 2021\n"));
  ASSERT_TRUE(set) << describe(set.error());
  EXPECT_TRUE(task(*set, 0).is_answer_only);
  EXPECT_EQ(set->suite.problems[0].points_max, 1);
}

TEST_F(ProofSetTest, ReadsGradingBenchWithPointsOrRewards) {
  const auto set = load_proof_set(write(
      "g.csv",
      "Grading ID,Problem ID,Problem,Solution,Grading guidelines,Response,Points,Reward,Problem "
      "Source\nG-1,P-1,Prove it.,S,R,My proof,6,Almost,IMO 2020\nG-2,P-1,Prove it.,S,R,Other,,"
      "Partial,IMO 2020\nG-3,P-1,Prove it.,S,R,Third,,Unheard of,IMO 2020\n"));
  ASSERT_TRUE(set) << describe(set.error());
  EXPECT_EQ(set->suite.problems.size(), 1U);
  ASSERT_EQ(set->proofs.size(), 2U);
  EXPECT_EQ(set->proofs[0].marks[0].points, 6);
  EXPECT_EQ(set->proofs[1].marks[0].points, 1);
  EXPECT_THAT(set->skipped, ElementsAre(HasSubstr("line 4")));
}

TEST_F(ProofSetTest, ReadsMathArenaRowsWithTwoJudges) {
  const auto set = load_proof_set(
      write("m.json",
            R"([{"problem_idx": 2, "problem": "Prove it.", "model_name": "m", "idx_answer": 0,
           "answer": "A proof", "points_judge_1": 5, "max_points_judge_1": 7, "points_judge_2": 7,
           "grading_details_judge_1": [{"title": "Idea", "points": 3, "desc": "yes"}]}])"));
  ASSERT_TRUE(set) << describe(set.error());
  ASSERT_EQ(set->proofs.size(), 1U);
  EXPECT_EQ(set->proofs[0].text, "A proof");
  ASSERT_EQ(set->proofs[0].marks.size(), 2U);
  EXPECT_EQ(set->proofs[0].marks[1].points, 7);
  EXPECT_THAT(set->proofs[0].marks[0].comment, HasSubstr("Idea: 3"));
  EXPECT_FALSE(task(*set, 0).is_answer_only);
}

constexpr std::string_view kOwn = R"(format: evalctl-proofs-1
title: Two problems
contest: imo-2025
problems:
  - id: p1
    statement: Prove that one is one.
    solution: By reflexivity.
    scheme:
      - {title: Idea, points: 4}
      - {title: End, points: 3}
    year: 2025
  - {id: p2, statement: How many are there, answer: "12", answer_only: true, points: 1}
proofs:
  - id: a
    problem: p1
    text: It is.
    marks: [{grader: X, points: 7, comment: fine}, {grader: Y, points: 6}]
)";

TEST_F(ProofSetTest, ReadsOurOwnYaml) {
  const auto set = load_proof_set(write("own.yaml", kOwn));
  ASSERT_TRUE(set) << describe(set.error());
  EXPECT_EQ(set->suite.contest, "imo-2025");
  EXPECT_EQ(task(*set, 0).scheme.size(), 2U);
  EXPECT_EQ(task(*set, 1).short_answer, "12");
  ASSERT_EQ(set->proofs.size(), 1U);
  EXPECT_EQ(set->proofs[0].marks[0].comment, "fine");
}

TEST_F(ProofSetTest, RefusesASchemeThatDoesNotAddUp) {
  std::string text(kOwn);
  text.replace(text.find("points: 4"), 9, "points: 5");
  const auto set = load_proof_set(write("own.yaml", text));
  ASSERT_FALSE(set);
  EXPECT_THAT(describe(set.error()), HasSubstr("add up to 8"));
}

TEST_F(ProofSetTest, AChangedFileIsAnotherSuite) {
  const auto before = load_proof_set(write("own.yaml", kOwn));
  const auto after = load_proof_set(write("own.yaml", std::string(kOwn) + "\n# a remark\n"));
  EXPECT_NE(before->suite.name, after->suite.name);
  EXPECT_NE(before->suite.problems[0].id, after->suite.problems[0].id);
  EXPECT_EQ(before->suite.problems[0].content_hash, after->suite.problems[0].content_hash);
}

TEST_F(ProofSetTest, APinThatDoesNotAgreeIsRefused) {
  const std::string path = write("own.yaml", kOwn);
  const std::string hash = load_proof_set(path)->content_hash;
  EXPECT_TRUE(load_proof_set(path + "@" + hash.substr(0, 10)));
  const auto other = load_proof_set(path + "@0000000000");
  ASSERT_FALSE(other);
  EXPECT_THAT(other.error().what, HasSubstr(hash.substr(0, 8)));
}

TEST_F(ProofSetTest, RefusesTwoProblemsOfOneId) {
  const auto set = load_proof_set(write(
      "twice.csv", std::string(kProofBench) + "PB-2,Prove $1<2$.,S,R,Algebra,IMO-easy,,Own\n"));
  ASSERT_FALSE(set);
  EXPECT_THAT(describe(set.error()), HasSubstr("\"PB-2\" and differ"));
}

TEST_F(ProofSetTest, IsASuiteLikeAnyOther) {
  const auto suite = load_suite(write("own.yaml", kOwn), {});
  ASSERT_TRUE(suite) << describe(suite.error());
  EXPECT_EQ(suite->problems.size(), 2U);
}

TEST(RealProofSets, AreReadWhole) {
  const char* data = std::getenv("EVALCTL_TEST_DATA");
  if (data == nullptr) GTEST_SKIP() << "EVALCTL_TEST_DATA is not set";
  const fs::path imo = fs::path(data) / "imo";
  const auto load = [&](const char* path) { return load_proof_set((imo / path).string()); };
  const auto answers = load("imobench/answerbench_v2.csv");
  ASSERT_TRUE(answers) << describe(answers.error());
  EXPECT_EQ(answers->suite.problems.size(), 399U);
  EXPECT_EQ(answers->suite.refused.size(), 1U);  // a record with misplaced quotes
  const auto proofs = load("imobench/proofbench_v2.csv");
  ASSERT_TRUE(proofs) << describe(proofs.error());
  EXPECT_EQ(proofs->suite.problems.size(), 60U);
  const auto usamo = load("usamo2025_matharena");
  ASSERT_TRUE(usamo) << describe(usamo.error());
  ASSERT_EQ(usamo->suite.problems.size(), 6U);
  EXPECT_EQ(std::get<ProofTask>(usamo->suite.problems[0].task).scheme.size(), 4U);
  const auto marked = load("deepseekmath_v2/IMO-ProofBench-Basic.jsonl");
  ASSERT_TRUE(marked) << describe(marked.error());
  EXPECT_EQ(marked->proofs.size(), 30U);
  EXPECT_EQ(load("deepseekmath_v2/Putnam2024.jsonl")->suite.problems[0].points_max, 10);
}

}  // namespace
}  // namespace eval::problems
