#include "problems/dmoj.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "base/text.h"
#include "problems/map_reader.h"
#include "problems/package_files.h"

namespace eval::problems {
namespace {

// The judge's `output_limit_length`; its site takes sources of up to 65536 characters.
constexpr Bytes kOutputLimit{25'165'824};
constexpr Bytes kCodeLimit = Bytes::kib(64);

// One entry of test_cases.
struct Entry {
  bool is_batch = false;
  double points = 1;
  std::vector<std::size_t> testcases;
  std::vector<std::size_t> dependencies;  // batches, counted from 1
};

class DmojReader {
 public:
  DmojReader(Import& import, const Json& yaml)
      : import_(import), reader_(yaml, (import.root / "init.yml").string(), import.findings) {}

  void read() {
    import_.problem.title = import_.problem.slug;
    read_limits();
    refuse_graders();
    read_archive();
    read_interactive();
    read_checker();
    const bool broken = !import_.findings.usable();
    std::vector<Entry> entries;
    if (const Json* pretests = reader_.member("pretest_test_cases"))
      read_cases(*pretests, "pretest_test_cases", true, entries);
    const Json* cases = reader_.member("test_cases");
    if (cases != nullptr && cases->is_array()) {
      read_cases(*cases, "test_cases", false, entries);
    } else if (!broken) {
      import_.refuse("test_cases is not a list: testcases are found by regular expressions",
                     reader_.where(), "list them with `in`, `out` and `points`");
    }
    if (!import_.findings.usable()) return;
    check_line_ends();
    set_entries(entries);
    read_statement();
    reader_.know({"wall_time_factor", "meta", "points", "hints", "symlinks"});
    reader_.report_unknown_keys();
  }

 private:
  // The limits of a problem are kept in the site's database, not in its folder.
  void read_limits() {
    ProgramLimits& limits = import_.task.limits;
    limits.code = kCodeLimit;
    limits.output = kOutputLimit;
    if (const auto bytes = reader_.positive("output_limit_length"))
      limits.output = from_mib(*bytes / 1048576);
    reader_.know({"output_prefix_length"});
    const fs::path file = import_.root / "limits.yml";
    if (is_file(file)) {
      if (const auto yaml = read_package_yaml(file, import_.findings)) {
        MapReader reader(*yaml, file.string(), import_.findings);
        if (const auto time = reader.positive("time_limit")) limits.cpu_time = from_seconds(*time);
        // As in the site's database: KiB.
        if (const auto memory = reader.positive("memory_limit"))
          limits.memory = from_mib(*memory / 1024);
        if (auto name = reader.text("name")) import_.problem.title = std::move(*name);
        reader.report_unknown_keys();
      }
    }
    if (!limits.cpu_time)
      import_.findings.warning("time-limit-missing",
                               "no limits are stated: DMOJ keeps them on its site", reader_.where(),
                               "add limits.yml with `time_limit` (s) and `memory_limit` (KiB)");
  }

  void refuse_key(std::string_view key, std::string_view why) {
    if (reader_.member(key) == nullptr) return;
    import_.refuse(fmt::format("`{}` is not done here: {}", key, why), reader_.where(),
                   "convert the problem to the Kattis problem package format");
  }

  void refuse_graders() {
    refuse_key("custom_judge", "a Python program of DMOJ's judge decides");
    refuse_key("signature_grader", "the submission is linked with DMOJ's own entry point");
    refuse_key("grader", "a program of DMOJ's judge decides");
    refuse_key("generator", "the test data have to be made first");
    // Ending early changes the points of what is left out to 0, which a submission that is to be
    // compared with others should not have for want of a run.
    reader_.know({"short_circuit"});
  }

  void read_archive() {
    const auto name = reader_.text("archive");
    if (!name) return;
    const auto path = path_in_package(import_, *name, "archive", reader_.where());
    if (!path || !is_file(*path)) return;  // unpacked, as its files say or do not
    has_archive_ = true;
    archive_ = *path;
  }

  // The sources that `files` names: one program, and what is put beside it.
  bool read_files(MapReader& reader, fs::path& program, std::vector<fs::path>& support) {
    const auto names = reader.words("files");
    if (!names || names->empty()) {
      reader.wrong_type("files", "the name of a source", Json());
      return false;
    }
    for (const std::string& name : *names) {
      const auto path = path_in_package(import_, name, "files", reader.where());
      if (!path) return false;
      if (!is_file(*path)) {
        import_.findings.fault("checker-missing",
                               fmt::format("there is no \"{}\"", shorten(name, 60)), reader.where(),
                               "add the file, or correct `files`");
        return false;
      }
      if (program.empty()) {
        program = *path;
      } else if (path->extension() == ".h" || path->extension() == ".hpp") {
        support.push_back(*path);
      } else {
        import_.refuse("a checker of several sources is not done here", reader.where(),
                       "put them into one file");
        return false;
      }
    }
    for (const fs::path& file : support_files_of(import_, program)) {
      if (std::find(support.begin(), support.end(), file) == support.end()) support.push_back(file);
    }
    return true;
  }

  // `bridged` checkers and interactors: only testlib's way of answering is spoken.
  bool speaks_testlib(MapReader& reader) {
    const std::string type = reader.text("type").value_or("default");
    reader.know({"lang", "time_limit", "memory_limit", "compiler_time_limit", "feedback", "cached",
                 "preprocessing_time", "unbuffered"});
    for (const std::string_view key : {"args_format_string", "flags"}) {
      if (reader.member(key) != nullptr)
        import_.refuse(fmt::format("`{}` of a bridged program is not done here", key),
                       reader.where(), "remove it, or convert the problem");
    }
    if (type == "testlib") return true;
    import_.refuse(
        fmt::format("a bridged program of type \"{}\" is not done here", shorten(type, 40)),
        reader.where(), "use type `testlib`");
    return false;
  }

  void read_interactive() {
    const Json* value = reader_.member("interactive");
    if (value == nullptr) return;
    MapReader reader(*value, reader_.where() + ": interactive", import_.findings);
    Interactor interactor;
    interactor.protocol = CheckerProtocol::Testlib;
    if (!speaks_testlib(reader)) return;
    if (!read_files(reader, interactor.program, interactor.support_files)) return;
    import_.task.type = TaskType::Interactive;
    // No checker after it: what DMOJ's interactors write for one is thrown away.
    import_.task.checker.protocol = CheckerProtocol::Testlib;
    import_.task.checker.gives_score = true;
    import_.task.interactor = std::move(interactor);
  }

  void read_checker() {
    const Json* value = reader_.member("checker");
    if (import_.task.interactor) return;
    std::string name = "standard";
    static const Json kNoArguments = Json::object();
    const Json* arguments = &kNoArguments;
    if (value != nullptr && value->is_object()) {
      MapReader reader(*value, reader_.where() + ": checker", import_.findings);
      name = reader.text("name").value_or("");
      if (const Json* given = reader.member("args")) arguments = given;
    } else if (value != nullptr) {
      name = reader_.text("checker").value_or("");
    }
    Checker& checker = import_.task.checker;
    MapReader reader(*arguments, reader_.where() + ": checker: args", import_.findings);
    if (name == "standard") {
      checker.comparison = Comparison::WordLines;
    } else if (name == "identical") {
      checker.comparison = Comparison::Exact;
      reader.flag("pe_allowed");  // changes the message only
    } else if (name == "bridged") {
      fs::path program;
      if (!speaks_testlib(reader) || !read_files(reader, program, checker.support_files)) return;
      checker.program = program;
      checker.protocol = CheckerProtocol::Testlib;
      checker.gives_score = true;
    } else {
      import_.refuse(fmt::format("the checker \"{}\" is not done here", shorten(name, 40)),
                     reader_.where(), "use standard, identical, or bridged with type `testlib`");
    }
    reader.report_unknown_keys();
  }

  // DMOJ changes the line ends of its data before it uses them; here files are taken as they are.
  void check_line_ends() {
    if (reader_.flag("binary_data").value_or(false)) return;
    const Checker& checker = import_.task.checker;
    const bool is_exact = !checker.program && checker.comparison == Comparison::Exact;
    for (const Testcase& testcase : import_.task.testcases) {
      for (const DataFile* file : {&testcase.input, &testcase.answer}) {
        const auto text = read_file(file->path);
        const bool ends_well = !text || text->empty() || text->ends_with('\n');
        if (text && text->find('\r') == std::string::npos && (ends_well || !is_exact)) continue;
        import_.findings.warning("line-ends", "DMOJ would change the line ends of this file",
                                 file->path.string(),
                                 "end every line, the last one too, with a line feed only");
        return;
      }
    }
  }

  void read_cases(const Json& list, std::string_view key, bool is_pretest,
                  std::vector<Entry>& entries) {
    if (!list.is_array()) return reader_.wrong_type(key, "a list of testcases", list);
    for (const Json& element : list) {
      const std::string where = fmt::format("{}: {}[{}]", reader_.where(), key, entries.size());
      MapReader reader(element, where, import_.findings);
      Entry entry;
      entry.points = is_pretest ? 0 : points_of(reader);
      reader.know({"points"});
      if (const Json* batch = reader.member("batched")) {
        entry.is_batch = true;
        ++batches_;
        read_batch(*batch, reader, entry);
      } else {
        read_case(reader, fmt::format("{:03}", ++cases_), entry);
      }
      reader.report_unknown_keys();
      if (++entries_read_ > kTestcasesMax) return;
      entries.push_back(std::move(entry));
    }
  }

  double points_of(MapReader& reader) {
    const auto points = reader.number("points");
    const double fallback = reader_.number("points").value_or(1);
    if (points.value_or(fallback) >= 0) return points.value_or(fallback);
    reader.wrong_type("points", "a number from 0 on", Json(*points));
    return 0;
  }

  void read_batch(const Json& batch, MapReader& reader, Entry& entry) {
    if (!batch.is_array() || batch.empty())
      return reader.wrong_type("batched", "a list of testcases", batch);
    std::size_t number = 0;
    for (const Json& element : batch) {
      MapReader testcase(element, reader.where() + ": batched", import_.findings);
      if (testcase.member("batched") != nullptr)
        return testcase.wrong_type("batched", "in no other batch", element);
      read_case(testcase, fmt::format("batch{}/{:03}", batches_, ++number), entry);
      testcase.report_unknown_keys();
    }
    const auto dependencies = reader.words("dependencies");
    for (const std::string& word : dependencies.value_or(std::vector<std::string>{})) {
      const auto value = parse_integer(word);
      if (value && *value >= 1 && static_cast<std::size_t>(*value) < batches_) {
        entry.dependencies.push_back(static_cast<std::size_t>(*value));
      } else {
        reader.wrong_type("dependencies", "numbers of earlier batches, counted from 1",
                          *reader.member("dependencies"));
        return;
      }
    }
  }

  void read_case(MapReader& reader, const std::string& name, Entry& entry) {
    const auto input = file_of(reader, "in");
    const auto answer = file_of(reader, "out");
    for (const std::string_view key : {"checker", "generator", "generator_args", "symlinks"}) {
      if (reader.member(key) != nullptr)
        import_.refuse(fmt::format("`{}` of a single testcase is not done here", key),
                       reader.where(), "give it for the whole problem, or convert the problem");
    }
    reader.know({"points", "output_prefix_length", "binary_data", "output_limit_length"});
    if (!input || !answer) return;
    if (has_archive_ && !is_file(*input)) {
      import_.refuse(fmt::format("the testcases are packed in {}", archive_.filename().string()),
                     archive_.string(), "unpack it in the problem's folder");
      return;
    }
    if (const auto index = add_testcase(import_, name, *input, *answer))
      entry.testcases.push_back(*index);
  }

  std::optional<fs::path> file_of(MapReader& reader, std::string_view key) {
    const auto name = reader.text(key);
    if (name) return path_in_package(import_, *name, key, reader.where());
    import_.refuse(fmt::format("a testcase names no file as `{}`", key), reader.where(),
                   "name the file, one of no bytes if it is empty, and make it if it is generated");
    return std::nullopt;
  }

  static std::string batch_name(std::size_t number) { return fmt::format("batch{}", number); }

  void set_entries(const std::vector<Entry>& entries) {
    std::vector<Subtask> groups;
    std::size_t batch = 0;
    std::size_t single = 0;
    for (const Entry& entry : entries) {
      const std::string name =
          entry.is_batch ? batch_name(++batch) : fmt::format("case{}", ++single);
      Subtask group = testcase_group(name, entry.points, Aggregation::Min, entry.testcases);
      for (const std::size_t needed : entry.dependencies)
        group.requires_subtasks.push_back(batch_name(needed));
      // "If `points: 0`, a verdict other than AC on this case skips the remaining ones."
      for (const std::string& gate : gates_) group.requires_subtasks.push_back(gate);
      if (entry.points == 0) gates_.push_back(name);
      groups.push_back(std::move(group));
    }
    set_groups(import_, std::move(groups));
  }

  void read_statement() {
    std::vector<fs::path> files;
    for (const std::string name : {"statement.md", "problem.md", "statement.tex", "statement.txt",
                                   "statement.pdf", "problem.pdf"})
      files.push_back(import_.root / name);
    take_statement(import_, files);
  }

  Import& import_;
  MapReader reader_;
  bool has_archive_ = false;
  fs::path archive_;
  std::size_t batches_ = 0;
  std::size_t cases_ = 0;
  int entries_read_ = 0;
  std::vector<std::string> gates_;  // entries worth nothing, which all later ones need
};

}  // namespace

bool is_dmoj_problem(const fs::path& directory) {
  return is_file(directory / "init.yml");
}

void load_dmoj_problem(Import& import) {
  import.problem.format_name = "dmoj";
  const auto yaml = read_package_yaml(import.root / "init.yml", import.findings);
  if (yaml) DmojReader(import, *yaml).read();
}

}  // namespace eval::problems
