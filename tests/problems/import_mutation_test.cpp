#include <random>

#include "tests/problems/import_fixture.h"

namespace eval::problems {
namespace {

// What tells the parsers of the importers what to do, in every package of tests/packages/formats.
struct Damaged {
  std::string package;
  std::vector<std::string> files;
};

class DamagedImports : public ImportFixture, public ::testing::WithParamInterface<Damaged> {
 protected:
  // The text with one piece cut out, put in, or both.
  static std::string damaged(std::string text, std::mt19937& random) {
    constexpr std::string_view kPieces[] = {"[",      "]",
                                            "{",      "}",
                                            ":",      "\n",
                                            " - ",    "'",
                                            "\"",     "null",
                                            "1e99",   "-1",
                                            "\xFF",   "*",
                                            "<",      "</",
                                            "/>",     "&",
                                            "../",    "nan",
                                            "#",      "99999999999999999999",
                                            "true",   "%",
                                            "[]",     "{}",
                                            "# ST: ", "0.5",
                                            ",",      "=",
                                            "(((",    "\\"};
    const std::size_t at = random() % text.size();
    const std::size_t length = random() % 2 == 0 ? 0 : random() % 12;
    text.replace(at, std::min(length, text.size() - at), kPieces[random() % std::size(kPieces)]);
    return text;
  }
};

// A damaged package must end in an Error or a usable problem, never in a crash or a hang.
TEST_P(DamagedImports, NeverCrash) {
  const std::string& package = GetParam().package;
  copy(package);
  ASSERT_FALSE(load(package).content_hash.empty());
  std::mt19937 random(20251128);
  for (const std::string& file : GetParam().files) {
    const fs::path path = fs::path(package) / file;
    const auto original = read_file(folder() / path);
    ASSERT_TRUE(original) << file;
    for (int round = 0; round < 150; ++round) {
      const std::string text = damaged(*original, random);
      write(path, text);
      SCOPED_TRACE(file + ":\n" + text);
      const auto problem = load_package(folder() / package, "s", "p");
      ASSERT_TRUE(problem || !problem.error().what.empty());
      if (problem) {
        EXPECT_FALSE(task(*problem).testcases.empty());
        EXPECT_GE(problem->points_max, 0);
      }
    }
    write(path, *original);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Formats, DamagedImports,
    ::testing::Values(Damaged{"cms-sum", {"task.yaml", "gen/GEN"}},
                      Damaged{"cms-guess", {"task.yaml"}}, Damaged{"cms-maze", {"task.yaml"}},
                      Damaged{"ioi-pairs", {"problem.json", "subtasks/03-output.json"}},
                      Damaged{"ioi-relay", {"problem.json"}},
                      Damaged{"tps-double",
                              {"problem.json", "subtasks.json", "solutions.json", "tests/mapping"}},
                      Damaged{"open-r1-third", {"rows.jsonl", "graders/grader_config.json"}},
                      Damaged{"dmoj-words", {"init.yml", "limits.yml"}},
                      Damaged{"dmoj-guess", {"init.yml"}}, Damaged{"polygon-sum", {"problem.xml"}},
                      Damaged{"polygon-guess", {"problem.xml"}}),
    [](const auto& test) {
      std::string name = test.param.package;
      std::replace(name.begin(), name.end(), '-', '_');
      return name;
    });

}  // namespace
}  // namespace eval::problems
