#include <random>

#include "tests/problems/package_fixture.h"

namespace eval::problems {
namespace {

// Damaged packages must end in an Error or a usable problem, never in a crash or a hang.
class DamagedPackages : public PackageFixture {
 protected:
  void write_rich_package() {
    minimal("p",
            "problem_format_version: 2025-09\nname: {en: X, de: Y}\nuuid: u\ntype: [scoring]\n"
            "license: cc by-sa\ncredits: {authors: [A, {name: B}]}\nsource: [{name: S}]\n"
            "limits: {time_limit: 1.5, time_multipliers: {ac_to_time_limit: 2}, memory: 64}\n"
            "languages: [cpp, python3]\nconstants: {n: {value: 3, tex: '3'}}\n");
    testcase("p/data/secret/g/1");
    testcase("p/data/secret/h/1");
    fs::remove(folder() / "p/data/secret/1.in");
    fs::remove(folder() / "p/data/secret/1.ans");
    write("p/data/secret/test_group.yaml", "max_score: 100\nscore_aggregation: sum\n");
    write(
        "p/data/secret/g/test_group.yaml",
        "max_score: 40\nscore_aggregation: min\noutput_validator_args: [float_tolerance, 1e-6]\n");
    write("p/data/secret/h/test_group.yaml", "max_score: 60\nrequire_pass: [sample, secret/g]\n");
    write("p/data/secret/h/1.yaml", "args: [-x, '1']\nhint: none\n");
    write("p/submissions/submissions.yaml",
          "accepted:\n  permitted: [AC]\n  score: [99, 100]\n'{a,b}*/x':\n  required: [WA, RTE]\n"
          "  secret/{g,h}:\n    permitted: [AC]\n    use_for_time_limit: lower\n");
  }

  void write_rich_legacy_package() {
    minimal("p",
            "name: X\ntype: scoring\nvalidation: custom score\n"
            "validator_flags: a b\ngrading: {objective: max, show_test_data_groups: yes}\n"
            "limits: {time_multiplier: 3, memory: 64}\n");
    write("p/output_validators/check.py", "");
    write("p/data/testdata.yaml",
          "on_reject: continue\nrange: 0 100\ngrader_flags: ignore_sample\n");
    write("p/data/secret/testdata.yaml",
          "accept_score: 5\nreject_score: 0\ngrading: default\ngrader_flags: min first_error\n"
          "output_validator_flags: {name: v, flags: c}\n");
    write("p/domjudge-problem.ini", "timelimit='3'\n");
    write("p/submissions/mixed/a.py", "# @EXPECTED_RESULTS@: CORRECT, TIMELIMIT\n");
  }

  void damage(const std::vector<std::string>& files, std::uint32_t seed) {
    std::mt19937 random(seed);
    constexpr std::string_view kPieces[] = {
        "[",    "]",  "{",    "}", ":",   "\n",  " - ", "'",   "\"",  "null",
        "1e99", "-1", "\xFF", "*", "&a ", "inf", "{,",  "../", "nan", "99999999999999999999"};
    for (const std::string& file : files) {
      const auto original = read_file(folder() / file);
      ASSERT_TRUE(original);
      for (int round = 0; round < 60; ++round) {
        std::string text = *original;
        const std::size_t at = random() % text.size();
        const std::size_t length = random() % 2 == 0 ? 0 : random() % 12;
        text.replace(at, std::min(length, text.size() - at),
                     kPieces[random() % std::size(kPieces)]);
        write(file, text);
        SCOPED_TRACE(file + ":\n" + text);
        const auto problem = load_package(folder() / "p", "s", "p");
        EXPECT_TRUE(problem || !problem.error().what.empty());
        check_package(folder() / "p");
      }
      write(file, *original);
    }
  }
};

TEST_F(DamagedPackages, OfTheLatestDialectNeverCrash) {
  write_rich_package();
  EXPECT_DOUBLE_EQ(load("p").points_max, 100);
  damage({"p/problem.yaml", "p/data/secret/test_group.yaml", "p/data/secret/g/test_group.yaml",
          "p/data/secret/h/test_group.yaml", "p/data/secret/h/1.yaml",
          "p/submissions/submissions.yaml", "p/statement/problem.en.tex"},
         20250901);
}

TEST_F(DamagedPackages, OfTheLegacyDialectNeverCrash) {
  write_rich_legacy_package();
  EXPECT_EQ(load("p").format_name, "kattis-legacy");
  damage({"p/problem.yaml", "p/data/testdata.yaml", "p/data/secret/testdata.yaml",
          "p/domjudge-problem.ini", "p/submissions/mixed/a.py"},
         20210101);
}

}  // namespace
}  // namespace eval::problems
