#include "problems/polygon.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/text.h"
#include "problems/package_files.h"
#include "problems/polygon_parts.h"

namespace eval::problems {
namespace {

// Codeforces takes sources of up to 64 KiB. It names no limit for outputs; this one is above those of
// its problems and keeps a runaway submission from filling the disk.
constexpr Bytes kCodeLimit = Bytes::kib(64);
constexpr Bytes kOutputLimit = Bytes::mib(256);

class PolygonReader {
 public:
  PolygonReader(Import& import, const XmlElement& xml)
      : import_(import), xml_(xml), where_((import.root / "problem.xml").string()) {}

  void read() {
    if (xml_.name != "problem") return fault("the document is no <problem>");
    read_names();
    read_judging();
    read_polygon_programs(import_, xml_, where_);
    if (!import_.findings.usable()) return;
    set_points();
    read_solutions();
    read_statement();
  }

 private:
  void fault(std::string what, std::string help = {}) {
    import_.findings.fault("bad-value", std::move(what), where_, std::move(help));
  }

  void read_names() {
    Problem& problem = import_.problem;
    problem.title = xml_.attribute("short-name");
    problem.source = xml_.attribute("url");
    const XmlElement* names = xml_.child("names");
    if (names == nullptr || names->children.empty()) return;
    const XmlElement* chosen = &names->children.front();
    for (const XmlElement& name : names->children) {
      if (name.attribute("language") == "english") chosen = &name;
    }
    if (!chosen->attribute("value").empty()) problem.title = chosen->attribute("value");
  }

  void read_judging() {
    const XmlElement* judging = xml_.child("judging");
    if (judging == nullptr) return fault("there is no <judging>");
    ProgramTask& task = import_.task;
    task.input_file = file_name(*judging, "input-file");
    task.output_file = file_name(*judging, "output-file");
    const std::string runs = judging->attribute("run-count");
    if (!runs.empty() && runs != "1")
      import_.refuse(fmt::format("the submission is run {} times (run-count)", shorten(runs, 20)),
                     where_, "problems of one run are done here");
    testset_ = choose_testset(*judging);
    if (testset_ == nullptr) return fault("there is no <testset>");
    task.limits.code = kCodeLimit;
    task.limits.output = kOutputLimit;
    if (const auto time = positive(*testset_, "time-limit"))
      task.limits.cpu_time = from_seconds(*time / 1000);
    if (const auto memory = positive(*testset_, "memory-limit"))
      task.limits.memory = from_mib(*memory / 1048576);
    read_tests();
  }

  std::string file_name(const XmlElement& judging, std::string_view key) {
    std::string name = judging.attribute(key);
    // Polygon also writes these names for "standard input".
    if (name == "stdin" || name == "stdout") return {};
    if (name.find('/') == std::string::npos && name != "..") return name;
    fault(fmt::format("{} \"{}\" is no plain file name", key, shorten(name, 60)));
    return {};
  }

  const XmlElement* choose_testset(const XmlElement& judging) {
    const XmlElement* chosen = judging.child("testset");
    for (const XmlElement& testset : judging.children) {
      if (testset.name == "testset" && testset.attribute("name") == "tests") chosen = &testset;
    }
    return chosen;
  }

  std::optional<double> positive(const XmlElement& parent, std::string_view key) {
    const XmlElement* child = parent.child(key);
    const auto value = child == nullptr ? std::nullopt : parse_double(child->text);
    if (value && *value > 0) return value;
    fault(fmt::format("<{}> should be a number greater than 0", key));
    return std::nullopt;
  }

  void read_tests() {
    const XmlElement* input = testset_->child("input-path-pattern");
    const XmlElement* answer = testset_->child("answer-path-pattern");
    const XmlElement* tests = testset_->child("tests");
    if (input == nullptr || answer == nullptr || tests == nullptr)
      return fault("<testset> lacks <input-path-pattern>, <answer-path-pattern> or <tests>");
    std::size_t number = 0;
    for (const XmlElement& test : tests->children) {
      if (test.name != "test" || ++number > kTestcasesMax) continue;
      const auto in = numbered_path(input->text, number);
      const auto out = numbered_path(answer->text, number);
      if (!in || !out) return;
      if (!add_test(test, number, *in, *out)) return;
    }
  }

  std::optional<fs::path> numbered_path(const std::string& pattern, std::size_t number) {
    const auto path = fill_test_pattern(pattern, number);
    if (path) return path_in_package(import_, *path, "path pattern", where_);
    fault(fmt::format("\"{}\" is no pattern with one number", shorten(pattern, 60)),
          "write it like tests/%02d");
    return std::nullopt;
  }

  // False after the first test that has to be generated: the others have to be as well.
  bool add_test(const XmlElement& test, std::size_t number, const fs::path& in,
                const fs::path& out) {
    const bool generated = test.attribute("method") == "generated";
    if (!is_file(in) && generated) {
      import_.refuse(fmt::format("test {} has to be generated with `{}`", number,
                                 shorten(test.attribute("cmd"), 80)),
                     in.string(), "use the full package (linux), or run its doall.sh");
      return false;
    }
    if (is_file(in) && !is_file(out)) {
      import_.refuse(
          fmt::format("the answer of test {} has to be made by the main solution", number),
          out.string(), "use the full package (linux), or run its doall.sh");
      return false;
    }
    const auto index = add_testcase(import_, in.filename().string(), in, out);
    if (!index) return true;
    import_.task.testcases[*index].is_sample = test.attribute("sample") == "true";
    PolygonTest read;
    read.index = *index;
    read.group = test.attribute("group");
    if (const std::string points = test.attribute("points"); !points.empty()) {
      read.points = parse_double(points);
      if (!read.points || *read.points < 0)
        fault(fmt::format("test {} has points \"{}\"", number, shorten(points, 20)),
              "write a number from 0 on");
    }
    tests_.push_back(std::move(read));
    return true;
  }

  void set_points() {
    const XmlElement* groups = testset_->child("groups");
    // Where nothing is worth anything, points were only enabled.
    const bool has_points = std::any_of(
        tests_.begin(), tests_.end(), [](const auto& test) { return test.points.value_or(0) > 0; });
    if (groups == nullptr && !has_points) {
      set_pass_fail(import_);
    } else {
      set_polygon_groups(import_, tests_, groups, where_);
    }
  }

  void read_solutions() {
    const XmlElement* solutions = xml_.descendant("assets/solutions");
    if (solutions == nullptr) return;
    for (const XmlElement& solution : solutions->children) {
      const XmlElement* source = solution.child("source");
      const std::string tag = solution.attribute("tag");
      if (source == nullptr || tag == "do-not-run") continue;
      const auto path = path_in_package(import_, source->attribute("path"), "source", where_);
      if (!path || !is_file(*path)) continue;
      ReferenceSubmission submission = reference_submission(
          path->lexically_relative(import_.root).string(), *path, polygon_verdicts(tag));
      if (submission.expected == std::vector<std::string>{"AC"}) {
        promise_full_marks(import_, submission);
      } else if (!submission.expected.empty() && import_.task.is_scoring) {
        submission.expected.emplace_back("PC");  // it may have the points of some tests
      }
      import_.task.reference_submissions.push_back(std::move(submission));
    }
  }

  // The sections that people write come before the documents that Polygon makes of them, whose
  // macros only its own style knows.
  void read_statement() {
    std::vector<std::string> languages = {"english"};
    std::vector<fs::path> made;
    if (const XmlElement* statements = xml_.child("statements")) {
      for (const XmlElement& statement : statements->children) {
        const std::string language = statement.attribute("language");
        if (path_is_plain(statement.attribute("path")))
          made.insert(language == "english" ? made.begin() : made.end(),
                      import_.root / statement.attribute("path"));
        if (path_is_plain(language)) languages.push_back(language);
      }
    }
    for (const std::string& language : languages) {
      const std::string text =
          polygon_sections(import_, import_.root / "statement-sections" / language);
      if (text.empty()) continue;
      import_.problem.statement = text;
      import_.problem.statement_format = StatementFormat::Latex;
      return;
    }
    take_statement(import_, made);
  }

  static bool path_is_plain(const std::string& path) {
    return !path.empty() && path.front() != '/' && path.find("..") == std::string::npos &&
           path.find('\0') == std::string::npos;
  }

  Import& import_;
  const XmlElement& xml_;
  std::string where_;
  const XmlElement* testset_ = nullptr;
  std::vector<PolygonTest> tests_;
};

}  // namespace

bool is_polygon_package(const fs::path& directory) {
  return is_file(directory / "problem.xml");
}

void load_polygon_package(Import& import) {
  import.problem.format_name = "polygon";
  const fs::path file = import.root / "problem.xml";
  const auto text = read_package_text(file, import.findings);
  if (!text) return;
  const auto xml = import.findings.take("xml-syntax", parse_xml(*text, file.string()));
  if (xml) PolygonReader(import, *xml).read();
}

}  // namespace eval::problems
