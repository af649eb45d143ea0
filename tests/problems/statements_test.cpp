#include "tests/problems/package_fixture.h"

namespace eval::problems {
namespace {

using ::testing::HasSubstr;

class Statements : public PackageFixture {
 protected:
  // A package without any statement.
  void bare(const fs::path& package, std::string_view yaml) {
    minimal(package, yaml);
    fs::remove_all(folder() / package / "statement");
    fs::remove_all(folder() / package / "problem_statement");
  }
};

TEST_F(Statements, EnglishComesFirstAndThenTheFirstLanguage) {
  bare("both", "problem_format_version: 2025-09\nname: {en: Sums, de: Summen}\n");
  write("both/statement/problem.de.md", "Addiere.");
  write("both/statement/problem.en.md", "Add.");
  EXPECT_EQ(load("both").statement, "Add.");
  EXPECT_EQ(load("both").title, "Sums");

  bare("german", "problem_format_version: 2025-09\nname: {de: Summen, sv: Summor}\n");
  write("german/statement/problem.sv.md", "Addera.");
  write("german/statement/problem.de.md", "Addiere.");
  EXPECT_EQ(load("german").statement, "Addiere.");
  EXPECT_EQ(load("german").title, "Summen");
}

TEST_F(Statements, AFileWithoutLanguageIsEnglish) {
  bare("p", kLegacy);
  write("p/problem_statement/problem.tex", "Add.");
  write("p/problem_statement/problem.de.tex", "Addiere.");
  EXPECT_EQ(load("p").statement, "Add.");
  EXPECT_EQ(load("p").statement_format, StatementFormat::Latex);
}

TEST_F(Statements, TextInAnyLanguageComesBeforeAPdf) {
  bare("p", "problem_format_version: 2025-09\nname: X\n");
  write("p/statement/problem.en.pdf", "%PDF-1.4");
  write("p/statement/problem.fr.tex", "Additionnez.");
  EXPECT_EQ(load("p").statement, "Additionnez.");
}

TEST_F(Statements, APdfAloneLeavesTheTextEmptyAndWarns) {
  bare("p", "problem_format_version: 2025-09\nname: X\n");
  write("p/statement/problem.en.pdf", "%PDF-1.4\xFF");
  const Problem problem = load("p");
  EXPECT_EQ(problem.statement, "");
  EXPECT_EQ(problem.statement_format, StatementFormat::Pdf);
  EXPECT_THAT(problem.warnings, ::testing::Contains(HasSubstr("PDF")));
}

TEST_F(Statements, TheTitleOfALegacyPackageIsInItsLatex) {
  bare("p", "license: cc0\n");
  write("p/problem_statement/problem.en.tex", "\\problemname{Sum {of} Two}\nAdd.\n");
  EXPECT_EQ(load("p").title, "Sum {of} Two");
  bare("plain", "license: cc0\n");
  write("plain/problem_statement/problem.en.tex",
        "\\problemname{$x^2$}\n%% plainproblemname: x squared\nAdd.\n");
  EXPECT_EQ(load("plain").title, "x squared");
  bare("none", "license: cc0\n");
  write("none/problem_statement/problem.en.tex", "Add.\n");
  EXPECT_EQ(load("none").title, "slug");
}

TEST_F(Statements, AFolderOfAnotherDialectIsReadWithAWarning) {
  bare("p", kModern);
  write("p/problem_statement/problem.en.tex", "Add.");
  const Problem problem = load("p");
  EXPECT_EQ(problem.statement, "Add.");
  EXPECT_THAT(problem.warnings, ::testing::Contains(HasSubstr("statement/")));
}

TEST_F(Statements, ConstantsAreReplacedByTheirValues) {
  bare("p",
       "problem_format_version: 2025-09\nname: X\nconstants:\n  n: 100\n"
       "  k: {value: 5000, tex: '5\\,000'}\n");
  write("p/statement/problem.en.md", "n <= {{n}}, k <= {{k}} = {{k.tex}}, {{other}}");
  EXPECT_EQ(load("p").statement, "n <= 100, k <= 5000 = 5\\,000, {{other}}");
}

TEST_F(Statements, TextThatIsNotUtf8IsAFaultWithTheOffset) {
  bare("p", kModern);
  write("p/statement/problem.en.md", "na\xEFve");
  EXPECT_THAT(load_error("p").what, HasSubstr("byte 2"));
}

}  // namespace
}  // namespace eval::problems
