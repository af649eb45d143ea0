#include "judges/swe/spec.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "base/embedded.h"
#include "base/json.h"
#include "judges/swe/log_parser.h"
#include "judges/swe/python_text.h"

EVAL_EMBEDDED(eval_swe_specs_json)

namespace eval::judges::swe {
namespace {

// What the official harness does not take for a test, by the end of its name ("csv" has no dot there).
constexpr std::array<std::string_view, 11> kDataEndings = {
    ".json", ".png", "csv", ".txt", ".md", ".jpg", ".jpeg", ".pkl", ".yml", ".yaml", ".toml"};

struct Repository {
  RepositorySpec common;  // language, parser, eval type
  std::map<std::string, RepositorySpec, std::less<>> versions;
};
using Table = std::map<std::string, Repository, std::less<>>;

Result<std::vector<std::string>> text_list(const Json& object, std::string_view key) {
  std::vector<std::string> texts;
  const Json* list = find_member(object, key);
  if (list == nullptr) return texts;
  for (const Json& element : *list) {
    if (!element.is_string()) {
      return fail(ErrorCode::BadInput, fmt::format("\"{}\" should be a list of texts", key));
    }
    texts.push_back(element.get<std::string>());
  }
  return texts;
}

Result<RepositorySpec> read_version(const Json& entry, RepositorySpec spec) {
  spec.python = EVAL_TRY(read_string(entry, "python"));
  spec.packages = EVAL_TRY(read_string(entry, "packages"));
  spec.pip_packages = EVAL_TRY(text_list(entry, "pip_packages"));
  spec.pre_install = EVAL_TRY(text_list(entry, "pre_install"));
  spec.install = EVAL_TRY(text_list(entry, "install"));
  spec.build = EVAL_TRY(text_list(entry, "build"));
  spec.eval_commands = EVAL_TRY(text_list(entry, "eval_commands"));
  spec.test = EVAL_TRY(text_list(entry, "test"));
  return spec;
}

std::optional<EvalType> eval_type_from_name(std::string_view name) {
  for (const EvalType type : {EvalType::PassAndFail, EvalType::FailOnly}) {
    if (eval_type_name(type) == name) return type;
  }
  return std::nullopt;
}

Result<Table> read_table(std::string_view text) {
  const Json json = EVAL_TRY(parse_json(text, "specs.json"));
  Table table;
  for (const Json& entry : *find_member(json, "repositories")) {
    Repository repository;
    repository.common.language = EVAL_TRY(read_string(entry, "language"));
    repository.common.log_parser = EVAL_TRY(read_string(entry, "log_parser"));
    const std::string type = EVAL_TRY(read_string(entry, "eval_type", "pass_and_fail"));
    repository.common.eval_type = eval_type_from_name(type).value_or(EvalType::PassAndFail);
    for (const Json& version : *find_member(entry, "versions")) {
      const RepositorySpec spec = EVAL_TRY(read_version(version, repository.common));
      for (const std::string& name : EVAL_TRY(text_list(version, "versions"))) {
        repository.versions.emplace(name, spec);
      }
    }
    table.emplace(EVAL_TRY(read_string(entry, "repository")), std::move(repository));
  }
  return table;
}

// The table is part of this program, and a test reads it: it is whole.
const Table& table() {
  static const Table read = read_table(eval_swe_specs_json()).value();
  return read;
}

bool has_commands(const problems::PatchTask& task) {
  return !task.commands.test.empty();
}

// SWE-bench Pro: each instance has scripts of its own that run and read its tests.
bool has_own_scripts(const problems::PatchTask& task) {
  return !task.selected_tests.empty() || !task.before_tests.empty();
}

// "python" -> "py", as the table writes languages.
std::string short_language(const std::string& language) {
  static const std::map<std::string, std::string, std::less<>> names = {
      {"python", "py"}, {"javascript", "js"}, {"typescript", "js"}, {"ts", "js"},
      {"ruby", "rb"},   {"rust", "rs"},       {"c++", "c"},         {"cpp", "c"}};
  const auto found = names.find(language);
  return found == names.end() ? language : found->second;
}

void take_commands(const problems::PatchTask& task, RepositorySpec& spec) {
  if (!has_commands(task)) return;
  spec.python = task.commands.python;
  spec.packages.clear();
  spec.pip_packages.clear();
  spec.pre_install = task.commands.pre_install;
  spec.install = task.commands.install;
  spec.build.clear();
  spec.eval_commands = task.commands.eval_commands;
  spec.test = task.commands.test;
}

}  // namespace

std::string_view eval_type_name(EvalType type) {
  switch (type) {
    case EvalType::PassAndFail:
      return "pass_and_fail";
    case EvalType::FailOnly:
      return "fail_only";
  }
  return "pass_and_fail";
}

Result<RepositorySpec> spec_of(const problems::PatchTask& task) {
  RepositorySpec spec;
  const auto repository = table().find(task.repository);
  if (repository != table().end()) {
    const auto version = repository->second.versions.find(task.version);
    spec =
        version == repository->second.versions.end() ? repository->second.common : version->second;
  }
  take_commands(task, spec);
  if (!task.language.empty()) spec.language = short_language(task.language);
  if (spec.language.empty()) spec.language = "py";
  if (!task.log_parser.empty()) spec.log_parser = task.log_parser;
  if (!task.eval_type.empty()) {
    const auto type = eval_type_from_name(task.eval_type);
    if (!type) {
      return fail(ErrorCode::Unsupported,
                  fmt::format("eval type \"{}\" is not known", task.eval_type), task.instance_id,
                  "known are pass_and_fail and fail_only");
    }
    spec.eval_type = *type;
  }
  if (spec.log_parser.empty() && !has_own_scripts(task)) {
    return fail(ErrorCode::Unsupported,
                fmt::format("no log parser is known for repository \"{}\"", task.repository),
                task.instance_id, "name one in the row's \"log_parser\"");
  }
  if (!spec.log_parser.empty() && !is_log_parser(spec.log_parser)) {
    return fail(ErrorCode::Unsupported,
                fmt::format("log parser \"{}\" is not done here", spec.log_parser),
                task.instance_id);
  }
  return spec;
}

std::string log_parser_of(std::string_view repository) {
  const auto found = table().find(repository);
  return found == table().end() ? std::string() : found->second.common.log_parser;
}

std::vector<std::string> test_directives(const problems::PatchTask& task) {
  std::vector<std::string> directives;
  for (const std::string_view line : python_lines(task.test_patch)) {
    const std::size_t header = line.find("diff --git a/");
    if (header == line.npos) continue;
    const std::size_t path = line.rfind(" b/");
    if (path == line.npos || path < header + std::string_view("diff --git a/").size()) continue;
    std::string_view file = line.substr(path + 3);
    const auto is_end_of_file = [&](std::string_view ending) { return file.ends_with(ending); };
    if (std::ranges::any_of(kDataEndings, is_end_of_file)) continue;
    if (task.repository != "django/django") {
      directives.emplace_back(file);
      continue;
    }
    if (file.ends_with(".py")) file.remove_suffix(3);
    if (file.starts_with("tests/")) file.remove_prefix(6);
    std::string module(file);
    std::ranges::replace(module, '/', '.');
    directives.push_back(std::move(module));
  }
  return directives;
}

std::vector<std::string> test_commands(const problems::PatchTask& task,
                                       const RepositorySpec& spec) {
  std::vector<std::string> commands = spec.test;
  if (commands.empty() || spec.language != "py") return commands;
  for (const std::string& directive : test_directives(task)) commands.back() += " " + directive;
  return commands;
}

}  // namespace eval::judges::swe
