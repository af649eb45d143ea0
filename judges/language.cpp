#include "judges/language.h"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>

#include "base/check.h"
#include "base/embedded.h"
#include "base/json.h"
#include "base/subprocess.h"
#include "base/text.h"

EVAL_EMBEDDED(eval_languages_json)

namespace eval::judges {
namespace {

const std::vector<fs::path> kProgramFolders = {"/usr/local/bin", "/usr/bin", "/bin",
                                               "/usr/lib/go/bin", "/usr/local/go/bin"};

Result<std::vector<std::string>> read_words(const Json& row, std::string_view key) {
  std::vector<std::string> words;
  const Json* list = find_member(row, key);
  if (list == nullptr) return words;
  if (!list->is_array()) {
    return fail(ErrorCode::BadInput, fmt::format("\"{}\" is not a list of strings", key));
  }
  for (const Json& word : *list) {
    if (!word.is_string()) {
      return fail(ErrorCode::BadInput, fmt::format("\"{}\" is not a list of strings", key));
    }
    words.push_back(word.get<std::string>());
  }
  return words;
}

Result<sandbox::Profile> read_profile(const Json& row) {
  const std::string name = EVAL_TRY(read_string(row, "run_profile", "native"));
  if (name == "native") return sandbox::Profile::Native;
  if (name == "managed") return sandbox::Profile::Managed;
  return fail(ErrorCode::BadInput, fmt::format("run_profile \"{}\" is not known", name), {},
              "use native or managed");
}

Result<Language> read_row(const Json& row) {
  Language language;
  language.id = EVAL_TRY(read_string(row, "id"));
  if (language.id.empty()) return fail(ErrorCode::BadInput, "a language has no \"id\"");
  language.name = EVAL_TRY(read_string(row, "name", language.id));
  language.extensions = EVAL_TRY(read_words(row, "extensions"));
  language.tags = EVAL_TRY(read_words(row, "tags"));
  language.kattis_names = EVAL_TRY(read_words(row, "kattis_names"));
  language.program = EVAL_TRY(read_string(row, "program"));
  language.package = EVAL_TRY(read_string(row, "package", language.program));
  language.compile = EVAL_TRY(read_words(row, "compile"));
  language.run = EVAL_TRY(read_words(row, "run"));
  language.version = EVAL_TRY(read_words(row, "version"));
  language.readable = EVAL_TRY(read_words(row, "readable"));
  language.time_factor = EVAL_TRY(read_number(row, "time_factor", 1));
  language.precompiles_headers = EVAL_TRY(read_bool(row, "precompiles_headers", false));
  language.starts_warm = EVAL_TRY(read_bool(row, "starts_warm", false));
  language.run_profile = EVAL_TRY(read_profile(row));
  if (language.program.empty() || language.run.empty() || language.extensions.empty()) {
    return fail(ErrorCode::BadInput, fmt::format("language \"{}\" is incomplete", language.id), {},
                "give it a program, a run line and at least one extension");
  }
  if (!(language.time_factor > 0)) {
    return fail(
        ErrorCode::BadInput,
        fmt::format("language \"{}\" has time_factor {}", language.id, language.time_factor), {},
        "use a number above 0");
  }
  return language;
}

bool contains(const std::vector<std::string>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// The interpreter a "#!" line names, or "".
std::string_view shebang(std::string_view content) {
  if (!content.starts_with("#!")) return {};
  return content.substr(0, content.find('\n'));
}

}  // namespace

bool is_named(const Language& language, std::string_view name) {
  return language.id == name || contains(language.kattis_names, name);
}

const Languages& Languages::built_in() {
  // Constant data: built once, never changed.
  static const Languages table = [] {
    auto parsed = from_json(eval_languages_json(), "languages.json");
    EVAL_CHECK(parsed.has_value());
    return std::move(*parsed);
  }();
  return table;
}

Result<Languages> Languages::from_json(std::string_view text, std::string_view where) {
  const Json document = EVAL_TRY(parse_json(text, where));
  const Json* rows = find_member(document, "languages");
  if (rows == nullptr || !rows->is_array()) {
    return fail(ErrorCode::BadInput, "the language table has no list \"languages\"",
                std::string(where));
  }
  std::vector<Language> read;
  for (const Json& row : *rows) read.push_back(EVAL_TRY_IN(read_row(row), where));
  return EVAL_TRY_IN(of(std::move(read)), where);
}

Result<Languages> Languages::of(std::vector<Language> rows) {
  Languages languages;
  for (Language& row : rows) {
    if (languages.find(row.id) != nullptr) {
      return fail(ErrorCode::BadInput, fmt::format("language \"{}\" occurs twice", row.id), {},
                  "remove or rename one of them");
    }
    languages.rows_.push_back(std::move(row));
  }
  return languages;
}

const Language* Languages::find(std::string_view id) const {
  for (const Language& row : rows_) {
    if (row.id == id) return &row;
  }
  return nullptr;
}

const Language* Languages::by_tag(std::string_view tag) const {
  const std::string name = to_lower(tag);
  for (const Language& row : rows_) {
    if (contains(row.tags, name)) return &row;
  }
  for (const Language& row : rows_) {
    if (is_named(row, name)) return &row;
  }
  return nullptr;
}

const Language* Languages::by_file(std::string_view file_name, std::string_view content) const {
  const std::size_t dot = file_name.rfind('.');
  if (dot == std::string_view::npos) return nullptr;
  const std::string_view extension = file_name.substr(dot);
  const std::string_view interpreter = shebang(content);
  const bool names_pypy = interpreter.find("pypy") != std::string_view::npos;
  // Kattis tells Python 2 from 3 by this line; there is no row for Python 2.
  if (extension == ".py" && interpreter.find("python2") != std::string_view::npos) return nullptr;
  const Language* first = nullptr;
  for (const Language& row : rows_) {
    if (!contains(row.extensions, extension)) continue;
    if (first == nullptr) first = &row;
    if (names_pypy && row.program.find("pypy") != std::string::npos) return &row;
  }
  return first;
}

std::optional<fs::path> find_system_program(const std::string& name) {
  const std::optional<fs::path> found = find_program(name, kProgramFolders);
  if (!found) return std::nullopt;
  std::error_code failed;
  const fs::path resolved = fs::canonical(*found, failed);
  return failed ? *found : resolved;
}

Result<LanguageTool> find_tool(const Language& language) {
  const std::optional<fs::path> program = find_system_program(language.program);
  if (!program) {
    return fail(ErrorCode::Infrastructure,
                fmt::format("{} is not installed: no \"{}\" in the system's program folders",
                            language.name, language.program),
                {}, fmt::format("apt-get install {}", language.package));
  }
  LanguageTool tool{*program, {}};
  if (language.version.empty()) return tool;
  ToolCommand command;
  command.argv = language.version;
  const std::optional<fs::path> asked = find_system_program(command.argv.front());
  if (asked) command.argv.front() = asked->string();
  const ToolResult answer = EVAL_TRY_IN(run_tool(command), language.name);
  // javac and kotlinc have written it to either stream over the years.
  const std::string& text =
      trim(answer.standard_output).empty() ? answer.standard_error : answer.standard_output;
  const std::vector<std::string_view> lines = split_lines(text);
  if (!lines.empty()) tool.version = to_valid_utf8(trim(lines.front()));
  return tool;
}

}  // namespace eval::judges
