#include "problems/cms_task.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "problems/cms_score.h"
#include "problems/map_reader.h"
#include "problems/package_files.h"

namespace eval::problems {
namespace {

// Keys that say how a contest is run, not how a submission is judged.
void know_contest_keys(MapReader& reader) {
  reader.know({"token_mode",
               "token_max_number",
               "token_min_interval",
               "token_gen_initial",
               "token_gen_number",
               "token_gen_interval",
               "token_gen_max",
               "token_initial",
               "token_max",
               "token_total",
               "token_gen_time",
               "max_submission_number",
               "max_user_test_number",
               "min_submission_interval",
               "min_user_test_interval",
               "feedback_level",
               "score_mode",
               "primary_language",
               "public_testcases",
               "risultati",
               "version",
               "allowed_localizations",
               "submission_format"});
}

// The first of the names that the file has; CMS's older keys are Italian.
std::optional<std::string> text_of(MapReader& reader, std::string_view name,
                                   std::string_view old_name) {
  auto text = reader.text(name);
  return text ? text : reader.text(old_name);
}

std::optional<double> positive_of(MapReader& reader, std::string_view name,
                                  std::string_view old_name) {
  if (reader.member(name) != nullptr) return reader.positive(name);
  return reader.positive(old_name);
}

bool exists_as_program(const fs::path& stem) {
  return is_file(stem) || find_source({stem}).has_value();
}

class CmsTaskReader {
 public:
  CmsTaskReader(Import& import, const Json& yaml)
      : import_(import), reader_(yaml, (import.root / "task.yaml").string(), import.findings) {}

  void read() {
    name_ = text_of(reader_, "name", "nome_breve").value_or("");
    if (name_.empty()) {
      import_.findings.fault("name-missing", "the task has no name", reader_.where(), "add `name`");
      return;
    }
    import_.problem.title = text_of(reader_, "title", "nome").value_or(name_);
    read_limits();
    find_type();
    read_testcases();
    if (!import_.findings.usable()) return;
    read_score_type();
    read_outputs_of_batch();
    read_reference_submissions();
    read_statement();
    know_contest_keys(reader_);
    reader_.report_unknown_keys();
  }

 private:
  void read_limits() {
    ProgramLimits& limits = import_.task.limits;
    limits.output = kCmsOutputLimit;
    limits.code = kCmsCodeLimit;
    const auto time = positive_of(reader_, "time_limit", "timeout");
    const auto memory = positive_of(reader_, "memory_limit", "memlimit");
    if (time) limits.cpu_time = from_seconds(*time);
    if (memory) limits.memory = from_mib(*memory);
    const auto decimals = reader_.number("score_precision").value_or(0);
    if (decimals < 0 || decimals > kDecimalsMax || decimals != std::floor(decimals)) {
      reader_.wrong_type("score_precision", fmt::format("a whole number up to {}", kDecimalsMax),
                         *reader_.member("score_precision"));
      return;
    }
    import_.task.points_decimals = static_cast<int>(decimals);
  }

  // By what lies in the folder, in the order CMS looks.
  void find_type() {
    const auto output_only = reader_.flag("output_only").value_or(false);
    const fs::path folder = import_.root;
    const bool has_manager = exists_as_program(folder / "check" / "manager") ||
                             exists_as_program(folder / "cor" / "manager");
    if (output_only) {
      import_.task.type = TaskType::OutputOnly;
    } else if (has_manager) {
      read_communication();
    } else {
      read_batch();
    }
    reader_.know({"infile", "outfile", "num_processes", "user_io"});
    if (import_.task.type != TaskType::Communication) read_checker();
    if (import_.task.limits.cpu_time || output_only) return;
    import_.findings.warning("time-limit-missing", "no time limit is stated", reader_.where(),
                             "state it with `time_limit`");
  }

  void read_batch() {
    import_.task.type = TaskType::Batch;
    import_.task.input_file = file_name("infile", "input.txt");
    import_.task.output_file = file_name("outfile", "output.txt");
    add_graders(import_, import_.root / "sol", "grader");
    if (!import_.task.included.empty()) set_submission_name(import_, name_, reader_.where());
  }

  std::string file_name(std::string_view key, std::string_view fallback) {
    std::string name = reader_.text(key).value_or(std::string(fallback));
    if (name.find('/') == std::string::npos && name != "..") return name;
    reader_.wrong_type(key, "a file name without a folder", Json(name));
    return {};
  }

  void read_communication() {
    ProgramTask& task = import_.task;
    task.type = TaskType::Communication;
    Interactor manager;
    manager.protocol = CheckerProtocol::Cms;
    manager.processes = whole_number("num_processes", 1, kProcessesMax);
    const auto source = program_source("manager", {"check/manager", "cor/manager"});
    if (!source) return;
    manager.program = *source;
    manager.support_files = support_files_of(import_, *source);
    add_graders(import_, import_.root / "sol", "stub");
    if (!task.included.empty()) set_submission_name(import_, name_, reader_.where());
    const std::string user_io = reader_.text("user_io").value_or("");
    manager.uses_fifos = user_io == "fifo_io" || (user_io != "std_io" && !task.included.empty());
    if (!user_io.empty() && user_io != "fifo_io" && user_io != "std_io")
      import_.findings.warning("bad-value", fmt::format("user_io \"{}\" is ignored", user_io),
                               reader_.where(), "write std_io or fifo_io");
    task.interactor = std::move(manager);
  }

  int whole_number(std::string_view key, int fallback, int most) {
    const auto value = reader_.number(key);
    if (!value) return fallback;
    if (*value >= 1 && *value <= most && *value == std::floor(*value))
      return static_cast<int>(*value);
    reader_.wrong_type(key, fmt::format("a whole number from 1 to {}", most), *reader_.member(key));
    return fallback;
  }

  // The source of a program that CMS itself takes compiled: what was compiled elsewhere may not run
  // here, and nobody can see what it does.
  std::optional<fs::path> program_source(std::string_view what,
                                         const std::vector<std::string>& stems) {
    std::vector<fs::path> paths;
    for (const std::string& stem : stems) paths.push_back(import_.root / stem);
    if (auto source = find_source(paths)) return source;
    for (const fs::path& path : paths) {
      if (!is_file(path)) continue;
      import_.refuse(fmt::format("the {} comes compiled, without its source", what), path.string(),
                     fmt::format("add {}.cpp beside it", path.filename().string()));
      break;
    }
    return std::nullopt;
  }

  void read_checker() {
    Checker& checker = import_.task.checker;
    checker.comparison = Comparison::WhiteDiff;
    const auto source =
        program_source("checker", {"check/checker", "cor/correttore", "check/correttore"});
    if (!source) return;
    checker.program = *source;
    checker.support_files = support_files_of(import_, *source);
    checker.protocol = CheckerProtocol::Cms;
    checker.gives_score = true;
  }

  void read_testcases() {
    const fs::path gen_file = import_.root / "gen" / "GEN";
    const bool overridden = reader_.member("score_type") != nullptr &&
                            reader_.member("score_type_parameters") != nullptr &&
                            reader_.member("n_input") != nullptr;
    if (is_file(gen_file) && !overridden) {
      gen_ = read_gen_file(gen_file, import_.findings);
    }
    std::size_t count = gen_ ? gen_->testcases : 0;
    if (reader_.member("n_input") != nullptr) {
      const int stated = whole_number("n_input", 0, kTestcasesMax);
      if (gen_ && static_cast<std::size_t>(stated) != gen_->testcases) {
        import_.findings.fault(
            "bad-value",
            fmt::format("gen/GEN has {} testcases, but n_input is {}", gen_->testcases, stated),
            reader_.where(), "correct one of them");
        return;
      }
      count = static_cast<std::size_t>(stated);
    } else if (!gen_) {
      import_.findings.fault("no-testcases", "there is neither n_input nor gen/GEN",
                             reader_.where(), "add `n_input`, the number of testcases");
    }
    for (std::size_t i = 0; i < count; ++i) {
      add_testcase(import_, fmt::format("{:03}", i),
                   import_.root / "input" / fmt::format("input{}.txt", i),
                   import_.root / "output" / fmt::format("output{}.txt", i));
    }
  }

  void read_score_type() {
    const auto type = reader_.text("score_type");
    const Json* parameters = reader_.member("score_type_parameters");
    const auto total = reader_.positive("total_value").value_or(100);
    const bool has_count = reader_.member("n_input") != nullptr;
    if (type && parameters != nullptr && has_count)
      return set_cms_score_type(import_, *type, *parameters, reader_.where());
    if (type || parameters != nullptr)
      import_.findings.warning("bad-value", "the score type is ignored", reader_.where(),
                               "give score_type, score_type_parameters and n_input together");
    if (gen_ && !gen_->groups.empty()) return set_gen_groups();
    set_sum_of_testcases(import_, total / static_cast<double>(std::max<std::size_t>(
                                              1, import_.task.testcases.size())));
  }

  void set_gen_groups() {
    Json parameters = Json::array();
    int points = 0;
    for (const GenFile::Group& group : gen_->groups) {
      parameters.push_back(Json::array({group.points, group.testcases}));
      points += group.points;
    }
    if (points != 100)
      import_.findings.error("max-score", fmt::format("the subtasks give {} points", points),
                             (import_.root / "gen" / "GEN").string(), "CMS takes only 100");
    set_cms_score_type(import_, "GroupMin", parameters, (import_.root / "gen" / "GEN").string());
  }

  // BatchAndOutput: testcases, by index, for which an output file may or must be handed in.
  void read_outputs_of_batch() {
    for (const std::string_view key : {"output_only_testcases", "output_optional_testcases"}) {
      const auto text = reader_.text(key);
      if (!text || import_.task.type == TaskType::OutputOnly) continue;
      for (const std::string& word : split(*text, ',')) {
        const auto index = parse_integer(trim(word));
        if (trim(word).empty()) continue;
        if (!index || *index < 0 ||
            static_cast<std::size_t>(*index) >= import_.task.testcases.size()) {
          reader_.wrong_type(key, "numbers of testcases, counted from 0", Json(*text));
          break;
        }
        import_.task.type = TaskType::BatchAndOutput;
        Testcase& testcase = import_.task.testcases[static_cast<std::size_t>(*index)];
        testcase.takes_output = true;
        testcase.is_output_only |= key == "output_only_testcases";
      }
    }
  }

  void read_reference_submissions() {
    if (import_.task.type == TaskType::OutputOnly) return;
    for (const PackageEntry& entry : package_entries(import_.root / "sol", import_.findings)) {
      const std::string stem = entry.path.stem().string();
      if (entry.is_directory || (stem != "solution" && stem != "soluzione")) continue;
      ReferenceSubmission submission = reference_submission("sol/" + entry.name, entry.path, {});
      promise_full_marks(import_, submission);
      import_.task.reference_submissions.push_back(std::move(submission));
    }
  }

  void read_statement() {
    std::vector<fs::path> files;
    for (const std::string folder : {"statement", "testo", "statements"}) {
      for (const std::string name : {"english", "en", "statement", "testo"}) {
        for (const std::string extension : {".md", ".tex", ".txt", ".pdf"})
          files.push_back(import_.root / folder / (name + extension));
      }
    }
    take_statement(import_, files);
  }

  Import& import_;
  MapReader reader_;
  std::string name_;
  std::optional<GenFile> gen_;
};

}  // namespace

bool is_cms_task(const fs::path& directory) {
  return is_file(directory / "task.yaml");
}

void load_cms_task(Import& import) {
  import.problem.format_name = "cms-italy";
  const auto yaml = read_package_yaml(import.root / "task.yaml", import.findings);
  if (yaml) CmsTaskReader(import, *yaml).read();
}

}  // namespace eval::problems
