#include <fmt/format.h>

#include <algorithm>

#include "base/hash.h"
#include "base/text.h"
#include "problems/swe_bench.h"

namespace eval::problems {
namespace {

constexpr std::string_view kSourcePrefix = "SWE-bench ";
// Bumped when the same row would become a different problem.
constexpr std::string_view kHashVersion = "evalctl-swe-bench-1";

constexpr std::string_view kListHelp =
    "write a list of texts, or one as JSON or as Python writes it";

// Takes a Python list of strings apart: what repr() wrote. Only that; nothing is executed.
class PythonListReader {
 public:
  explicit PythonListReader(std::string_view text) : rest_(trim(text)) {}

  std::optional<std::vector<std::string>> read() {
    std::vector<std::string> texts;
    if (!take('[')) return std::nullopt;
    while (!take(']')) {
      auto text = string();
      if (!text) return std::nullopt;
      texts.push_back(*std::move(text));
      if (take(',')) continue;
      if (!take(']')) return std::nullopt;
      break;
    }
    if (!rest_.empty()) return std::nullopt;
    return texts;
  }

 private:
  // `mark` with blanks before it.
  bool take(char mark) {
    rest_ = rest_.substr(std::min(rest_.size(), rest_.find_first_not_of(" \t\r\n")));
    if (rest_.empty() || rest_.front() != mark) return false;
    rest_.remove_prefix(1);
    return true;
  }

  std::optional<std::string> string() {
    const char quote = take('\'') ? '\'' : take('"') ? '"' : '\0';
    if (quote == '\0') return std::nullopt;
    std::string text;
    while (!rest_.empty() && rest_.front() != quote) {
      if (rest_.front() == '\\') {
        if (!escape(text)) return std::nullopt;
        continue;
      }
      text += rest_.front();
      rest_.remove_prefix(1);
    }
    if (rest_.empty()) return std::nullopt;
    rest_.remove_prefix(1);
    return text;
  }

  bool escape(std::string& text) {
    if (rest_.size() < 2) return false;
    const char kind = rest_[1];
    rest_.remove_prefix(2);
    constexpr std::string_view kKinds = "nrt\\'\"";
    constexpr std::string_view kValues = "\n\r\t\\'\"";
    if (const std::size_t at = kKinds.find(kind); at != kKinds.npos) {
      text += kValues[at];
      return true;
    }
    const std::size_t digits = kind == 'x' ? 2 : kind == 'u' ? 4 : kind == 'U' ? 8 : 0;
    if (digits == 0 || rest_.size() < digits) return false;
    std::uint32_t code = 0;
    for (std::size_t i = 0; i < digits; ++i) {
      const char digit = to_lower(rest_.substr(i, 1))[0];
      const bool is_letter = digit >= 'a' && digit <= 'f';
      if (!is_letter && (digit < '0' || digit > '9')) return false;
      code = code * 16 + static_cast<std::uint32_t>(is_letter ? digit - 'a' + 10 : digit - '0');
    }
    rest_.remove_prefix(digits);
    return append_code_point(code, text);
  }

  static bool append_code_point(std::uint32_t code, std::string& text) {
    if (code > 0x10FFFF || (code >= 0xD800 && code < 0xE000)) return false;
    const auto byte = [&](std::uint32_t value) { text += static_cast<char>(value); };
    if (code < 0x80) {
      byte(code);
      return true;
    }
    const int tail = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    constexpr std::uint32_t kLead[] = {0, 0xC0, 0xE0, 0xF0};
    byte(kLead[tail] | code >> (6 * tail));
    for (int i = tail - 1; i >= 0; --i) byte(0x80U | (code >> (6 * i) & 0x3FU));
    return true;
  }

  std::string_view rest_;
};

std::optional<std::vector<std::string>> texts_of(const Json& list) {
  if (!list.is_array()) return std::nullopt;
  std::vector<std::string> texts;
  for (const Json& element : list) {
    if (!element.is_string()) return std::nullopt;
    texts.push_back(element.get<std::string>());
  }
  return texts;
}

// Reads members of a row and keeps what is wrong with them.
class RowReader {
 public:
  RowReader(const Json& row, std::string_view where) : row_(row), where_(where) {}

  // The first of `keys` that is there; a number as it is written.
  std::string text(std::initializer_list<std::string_view> keys) {
    for (const std::string_view key : keys) {
      const Json* member = find_member(row_, key);
      if (member == nullptr) continue;
      if (member->is_string()) return member->get<std::string>();
      if (member->is_number()) return to_json_line(*member);
      add(fmt::format("\"{}\" should be a text", key));
      return {};
    }
    return {};
  }

  std::string needed(std::string_view key) {
    std::string value = text({key});
    if (value.empty() && find_member(row_, key) == nullptr) {
      add(fmt::format("\"{}\" is missing", key));
    }
    return value;
  }

  std::vector<std::string> list(std::initializer_list<std::string_view> keys) {
    for (const std::string_view key : keys) {
      const Json* member = find_member(row_, key);
      if (member == nullptr) continue;
      auto read = read_text_list(*member);
      if (read) return *std::move(read);
      add(fmt::format("\"{}\": {}", key, read.error().what));
      return {};
    }
    return {};
  }

  void add(std::string what, std::string help = {}) {
    faults_.push_back(
        Error{ErrorCode::BadInput, std::move(what), std::string(where_), std::move(help), 0, {}});
  }
  bool has(std::string_view key) const { return find_member(row_, key) != nullptr; }
  std::vector<Error>& faults() { return faults_; }

 private:
  const Json& row_;
  std::string_view where_;
  std::vector<Error> faults_;
};

// A command, or several.
std::vector<std::string> commands(const Json& config, std::string_view key, RowReader& row) {
  const Json* member = find_member(config, key);
  if (member == nullptr) return {};
  if (member->is_string()) {
    std::string command = member->get<std::string>();
    return command.empty() ? std::vector<std::string>() : std::vector{std::move(command)};
  }
  auto texts = texts_of(*member);
  if (texts) return *std::move(texts);
  row.add(fmt::format("\"install_config\": \"{}\" should be a command or a list of them", key));
  return {};
}

// SWE-rebench's own commands, as an object or as its JSON text.
void read_install_config(const Json& whole, RowReader& row, PatchTask& task) {
  const Json* member = find_member(whole, "install_config");
  if (member == nullptr) return;
  Json config = *member;
  if (config.is_string()) {
    auto parsed = parse_json(config.get<std::string>(), "install_config");
    if (parsed) config = *std::move(parsed);
  }
  if (!config.is_object()) {
    row.add("\"install_config\" should be an object");
    return;
  }
  const auto text = [&](std::string_view key) {
    const Json* value = find_member(config, key);
    return value != nullptr && value->is_string() ? value->get<std::string>() : std::string();
  };
  task.commands.python = text("python");
  task.commands.pre_install = commands(config, "pre_install", row);
  task.commands.install = commands(config, "install", row);
  task.commands.eval_commands = commands(config, "eval_commands", row);
  task.commands.test = commands(config, "test_cmd", row);
  if (task.log_parser.empty()) task.log_parser = text("log_parser");
}

std::string image_of(RowReader& row, std::string_view instance_id) {
  std::string image = row.text({"image", "docker_image", "image_name"});
  if (!image.empty()) return image;
  // SWE-bench Pro's images have one name and a tag each.
  const std::string tag = row.text({"dockerhub_tag"});
  return tag.empty() ? swe_bench_image(instance_id) : "jefzda/sweap-images:" + tag;
}

PatchTask read_task(const Json& whole, RowReader& row) {
  PatchTask task;
  task.instance_id = row.needed("instance_id");
  task.repository = row.needed("repo");
  task.base_commit = row.needed("base_commit");
  task.test_patch = row.text({"test_patch"});
  task.version = row.text({"version"});
  task.fail_to_pass = row.list({"FAIL_TO_PASS", "fail_to_pass"});
  task.pass_to_pass = row.list({"PASS_TO_PASS", "pass_to_pass"});
  task.reference_patch = row.text({"patch"});
  task.environment_setup_commit = row.text({"environment_setup_commit"});
  task.hints = row.text({"hints_text"});
  task.created_at = row.text({"created_at"});
  task.difficulty = row.text({"difficulty"});
  task.language = row.text({"repo_language", "language"});
  task.eval_script = row.text({"eval_script"});
  task.log_parser = row.text({"log_parser"});
  task.eval_type = row.text({"eval_type"});
  read_install_config(whole, row, task);
  task.before_tests = row.text({"before_repo_set_cmd"});
  task.selected_tests = row.list({"selected_test_files_to_run"});
  task.image = image_of(row, task.instance_id);
  if (!row.has("FAIL_TO_PASS") && !row.has("fail_to_pass")) row.add("\"FAIL_TO_PASS\" is missing");
  return task;
}

// SWE-bench Pro says more of the task than the issue, and its prompts put it in this order.
std::string statement_of(RowReader& row) {
  std::string statement = row.needed("problem_statement");
  const std::string requirements = row.text({"requirements"});
  const std::string interface = row.text({"interface"});
  if (!requirements.empty()) statement += "\n\nRequirements:\n" + requirements;
  if (!interface.empty()) statement += "\n\nNew interfaces introduced:\n" + interface;
  return statement;
}

void add_list(ContentHash& hash, const std::vector<std::string>& list) {
  hash.add(std::to_string(list.size()));
  for (const std::string& element : list) hash.add(element);
}

std::string hash_of(const std::string& statement, const PatchTask& task) {
  ContentHash hash;
  hash.add(kHashVersion).add(task.instance_id).add(statement).add(task.repository);
  hash.add(task.base_commit).add(task.test_patch).add(task.version).add(task.image);
  hash.add(task.eval_script).add(task.log_parser).add(task.eval_type).add(task.language);
  add_list(hash, task.fail_to_pass);
  add_list(hash, task.pass_to_pass);
  hash.add(task.commands.python);
  add_list(hash, task.commands.pre_install);
  add_list(hash, task.commands.install);
  add_list(hash, task.commands.eval_commands);
  add_list(hash, task.commands.test);
  hash.add(task.before_tests);
  add_list(hash, task.selected_tests);
  return hash.hex();
}

}  // namespace

Result<std::vector<std::string>> read_text_list(const Json& value) {
  if (value.is_array()) {
    if (auto texts = texts_of(value)) return *std::move(texts);
  } else if (value.is_string()) {
    const std::string text = value.get<std::string>();
    if (trim(text).empty()) return std::vector<std::string>();
    if (const auto parsed = parse_json(text, "list")) {
      if (auto texts = texts_of(*parsed)) return *std::move(texts);
    }
    if (auto texts = PythonListReader(text).read()) return *std::move(texts);
  }
  return fail(ErrorCode::BadInput, "it is no list of texts", {}, std::string(kListHelp));
}

std::string swe_bench_image(std::string_view instance_id) {
  // Docker's names have no double underscore; 1776 stands for it.
  return fmt::format("swebench/sweb.eval.x86_64.{}:latest",
                     replace_all(to_lower(instance_id), "__", "_1776_"));
}

std::optional<std::string> swe_bench_instance(std::string_view source) {
  if (!source.starts_with(kSourcePrefix)) return std::nullopt;
  source.remove_prefix(kSourcePrefix.size());
  return std::string(source.substr(0, source.find(';')));
}

Result<Problem> read_swe_bench_row(const Json& whole, std::string_view where) {
  if (!whole.is_object()) {
    return fail(ErrorCode::BadInput, "the row is no JSON object", std::string(where));
  }
  RowReader row(whole, where);
  Problem problem;
  PatchTask task = read_task(whole, row);
  problem.statement = statement_of(row);
  const std::string& id = task.instance_id;
  if (id.find('/') != id.npos || id.find(';') != id.npos) {
    row.add(fmt::format("\"instance_id\" is \"{}\"", id), "an id has no \"/\" and no \";\"");
  }
  if (!row.faults().empty()) return fail(combine(std::move(row.faults())));
  problem.suite = "swe-bench";
  problem.slug = id;
  problem.id = problem.suite + "/" + id;
  problem.title = id;
  problem.source = fmt::format("{}{}; repository {}; version {}; created {}", kSourcePrefix, id,
                               task.repository, task.version, task.created_at);
  if (!task.difficulty.empty()) problem.source += "; difficulty " + task.difficulty;
  problem.format_name = "swe-bench";
  problem.content_hash = hash_of(problem.statement, task);
  problem.task = std::move(task);
  return problem;
}

}  // namespace eval::problems
