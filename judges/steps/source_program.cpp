#include "judges/steps/source_program.h"

#include <algorithm>
#include <cctype>
#include <string_view>

#include "base/text.h"

namespace eval::judges {
namespace {

bool is_word_char(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '$' ||
         (static_cast<unsigned char>(c) & 0x80) != 0;
}

// The end of the comment, string or character literal that starts at `at`, or `at` if none does.
std::size_t skip_literal(std::string_view text, std::size_t at) {
  const std::string_view rest = text.substr(at);
  const auto end_of = [&](std::string_view closing, std::size_t from) {
    const std::size_t found = text.find(closing, from);
    return found == std::string_view::npos ? text.size() : found + closing.size();
  };
  if (rest.starts_with("//")) return end_of("\n", at + 2);
  if (rest.starts_with("/*")) return end_of("*/", at + 2);
  if (rest.starts_with("\"\"\"")) return end_of("\"\"\"", at + 3);
  const char quote = text[at];
  if (quote != '"' && quote != '\'') return at;
  std::size_t end = at + 1;
  while (end < text.size() && text[end] != quote && text[end] != '\n') {
    end += text[end] == '\\' ? 2 : 1;
  }
  return std::min(end + 1, text.size());
}

// Words and punctuation of Java or Kotlin text, without comments and literals.
std::vector<std::string_view> tokens_of(std::string_view text) {
  std::vector<std::string_view> tokens;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t after = skip_literal(text, at);
    if (after != at) {
      at = after;
    } else if (is_word_char(text[at])) {
      std::size_t end = at;
      while (end < text.size() && is_word_char(text[end])) ++end;
      tokens.push_back(text.substr(at, end - at));
      at = end;
    } else {
      if (std::isspace(static_cast<unsigned char>(text[at])) == 0) {
        tokens.push_back(text.substr(at, 1));
      }
      ++at;
    }
  }
  return tokens;
}

// What one Java file declares at its top level.
struct JavaFile {
  std::string package_prefix;  // "a.b." or ""
  std::string public_type;     // "" if none
  std::string first_type;
  std::string main_type;  // the type whose body has a static main method, "" if none
};

bool is_type_keyword(std::string_view token) {
  return token == "class" || token == "interface" || token == "enum" || token == "record";
}

// True if tokens before index `at` (in the same declaration) hold `word`.
bool declared_with(const std::vector<std::string_view>& tokens, std::size_t at,
                   std::string_view word) {
  while (at-- > 0) {
    if (tokens[at] == ";" || tokens[at] == "{" || tokens[at] == "}") return false;
    if (tokens[at] == word) return true;
  }
  return false;
}

JavaFile read_java(std::string_view text) {
  JavaFile file;
  const std::vector<std::string_view> tokens = tokens_of(text);
  std::string type;
  int depth = 0;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    if (tokens[i] == "{") ++depth;
    if (tokens[i] == "}") --depth;
    const bool has_next = i + 1 < tokens.size();
    if (depth == 0 && tokens[i] == "package" && file.first_type.empty()) {
      for (++i; i < tokens.size() && tokens[i] != ";"; ++i) file.package_prefix += tokens[i];
      file.package_prefix += '.';
    } else if (depth == 0 && has_next && is_type_keyword(tokens[i])) {
      type = std::string(tokens[i + 1]);
      if (file.first_type.empty()) file.first_type = type;
      if (declared_with(tokens, i, "public")) file.public_type = type;
    } else if (depth == 1 && has_next && tokens[i] == "main" && tokens[i + 1] == "(" &&
               declared_with(tokens, i, "static") && file.main_type.empty()) {
      file.main_type = type;
    }
  }
  return file;
}

std::string stem_of(std::string_view name) {
  return std::string(name.substr(0, name.rfind('.')));
}

void lay_out_java(SourceLayout& layout, bool entry_is_stated) {
  std::string fallback;
  std::string found;
  for (SourceFile& file : layout.files) {
    if (!file.name.ends_with(".java")) continue;
    const JavaFile java = read_java(file.content);
    if (!java.public_type.empty()) file.name = java.public_type + ".java";
    if (found.empty() && !java.main_type.empty()) found = java.package_prefix + java.main_type;
    if (fallback.empty() && !java.first_type.empty()) {
      fallback = java.package_prefix + java.first_type;
    }
  }
  if (entry_is_stated) {
    if (layout.entry.ends_with(".java")) layout.entry = stem_of(layout.entry);
    return;
  }
  layout.entry = !found.empty() ? found : fallback;
}

// "fn main" in Rust, "fun main" in Kotlin: the file that starts the program.
bool has_main_function(std::string_view text, std::string_view keyword) {
  if (keyword.empty()) return false;
  const std::vector<std::string_view> tokens = tokens_of(text);
  for (std::size_t i = 0; i + 2 < tokens.size(); ++i) {
    if (tokens[i] == keyword && tokens[i + 1] == "main" && tokens[i + 2] == "(") return true;
  }
  return false;
}

std::string choose_main_file(const SourceLayout& layout, std::string_view main_keyword) {
  if (layout.sources.size() == 1) return layout.sources.front();
  for (const char* stem : {"__main__", "main"}) {
    for (const std::string& name : layout.sources) {
      if (to_lower(stem_of(name)) == stem) return name;
    }
  }
  for (const SourceFile& file : layout.files) {
    if (has_main_function(file.content, main_keyword)) return file.name;
  }
  const auto first = std::min_element(layout.sources.begin(), layout.sources.end());
  return first == layout.sources.end() ? std::string{} : *first;
}

// kotlinc puts the functions of "my-file.kt" into class "My_fileKt", below the file's package.
std::string kotlin_class(const SourceLayout& layout, const std::string& main_file) {
  std::string name = stem_of(main_file);
  for (char& c : name) {
    if (!is_word_char(c)) c = '_';
  }
  if (!name.empty()) {
    name.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(name.front())));
    if (std::isdigit(static_cast<unsigned char>(name.front())) != 0) name.insert(0, "_");
  }
  std::string package;
  for (const SourceFile& file : layout.files) {
    if (file.name != main_file) continue;
    const std::vector<std::string_view> tokens = tokens_of(file.content);
    if (tokens.size() > 1 && tokens[0] == "package") {
      std::size_t i = 1;
      package = std::string(tokens[i++]);
      for (; i + 1 < tokens.size() && tokens[i] == "."; i += 2) {
        package += "." + std::string(tokens[i + 1]);
      }
      package += '.';
    }
  }
  return package + name + "Kt";
}

bool is_source(const Language& language, std::string_view name) {
  return std::any_of(language.extensions.begin(), language.extensions.end(),
                     [&](const std::string& extension) { return name.ends_with(extension); });
}

}  // namespace

SourceLayout lay_out_sources(const Language& language, const SourceProgram& program) {
  SourceLayout layout;
  layout.files = program.files;
  layout.entry = program.entry_point.value_or("");
  const bool entry_is_stated = !layout.entry.empty();
  const bool is_java = language.program == "javac";
  const bool is_kotlin = language.program == "kotlinc";
  // A single file with a foreign extension is still the program: the submission says its language.
  if (layout.files.size() == 1 && !is_source(language, layout.files.front().name)) {
    layout.files.front().name = "main" + language.extensions.front();
  }
  if (is_java) lay_out_java(layout, entry_is_stated);
  for (const SourceFile& file : layout.files) {
    if (is_source(language, file.name)) layout.sources.push_back(file.name);
  }
  std::sort(layout.sources.begin(), layout.sources.end());
  if (entry_is_stated) {
    // A grader comes first on the compile line, as in CMS: the order decides in which order objects
    // of several files are initialised.
    const auto entry = std::find(layout.sources.begin(), layout.sources.end(), layout.entry);
    if (entry != layout.sources.end()) std::rotate(layout.sources.begin(), entry, entry + 1);
  }
  if (entry_is_stated || is_java) return layout;
  const std::string_view keyword = is_kotlin ? "fun" : language.program == "rustc" ? "fn" : "";
  layout.entry = choose_main_file(layout, keyword);
  if (is_kotlin) layout.entry = kotlin_class(layout, layout.entry);
  return layout;
}

}  // namespace eval::judges
