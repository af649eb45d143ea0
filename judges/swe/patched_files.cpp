#include <algorithm>
#include <charconv>

#include "judges/swe/python_text.h"
#include "judges/swe/spec.h"

namespace eval::judges::swe {
namespace {

// Git quotes a path with unusual bytes as a C string: "a/h\303\244.py". As it is if it is not quoted.
std::string unquoted(std::string_view text) {
  if (text.size() < 2 || !text.starts_with('"')) return std::string(text);
  std::string out;
  for (std::size_t i = 1; i < text.size() && text[i] != '"'; ++i) {
    if (text[i] != '\\' || i + 1 >= text.size()) {
      out += text[i];
      continue;
    }
    const char next = text[++i];
    if (next >= '0' && next <= '3' && i + 2 < text.size()) {
      unsigned value = 0;
      std::from_chars(text.data() + i, text.data() + i + 3, value, 8);
      out += static_cast<char>(value);
      i += 2;
    } else {
      out += next == 'n' ? '\n' : next == 't' ? '\t' : next == 'r' ? '\r' : next;
    }
  }
  return out;
}

// The path of a "---", "+++", "rename" or "copy" line: without the time that diff(1) adds after a tab,
// and without "a/" or "b/". Empty for /dev/null.
std::string header_path(std::string_view text, std::string_view prefix) {
  std::string path = unquoted(before_first(text, "\t"));
  if (path == "/dev/null") return {};
  return path.starts_with(prefix) ? path.substr(prefix.size()) : path;
}

// Both paths of "diff --git a/X b/X", where they are equal: all that a change of mode says.
std::string common_path(std::string_view names) {
  if (names.starts_with('"')) return header_path(before_first(names.substr(1), "\" "), "a/");
  if (names.size() < 5 || names.size() % 2 == 0) return {};
  const std::size_t middle = names.size() / 2;
  const std::string_view before = names.substr(0, middle);
  const std::string_view after = names.substr(middle + 1);
  if (names[middle] != ' ' || before.substr(2) != after.substr(2)) return {};
  return std::string(before.substr(2));
}

// Lines of a hunk that are left, from "@@ -1,2 +3 @@".
struct Hunk {
  std::size_t old_lines = 0;
  std::size_t new_lines = 0;
};

std::size_t hunk_count(std::string_view range) {
  const std::size_t comma = range.find(',');
  if (comma == range.npos) return 1;
  std::size_t count = 0;
  std::from_chars(range.data() + comma + 1, range.data() + range.size(), count);
  return count;
}

Hunk hunk_of(std::string_view line) {
  const auto words = python_words(line);
  if (words.size() < 3) return {};
  return {hunk_count(words[1]), hunk_count(words[2])};
}

// True if `line` belongs to the hunk that is open.
bool take_line(Hunk& hunk, std::string_view line) {
  if (hunk.old_lines == 0 && hunk.new_lines == 0) return false;
  const char kind = line.empty() ? ' ' : line.front();
  if (kind == '\\') return true;
  if (kind != '+' && hunk.old_lines > 0) --hunk.old_lines;
  if (kind != '-' && hunk.new_lines > 0) --hunk.new_lines;
  return true;
}

class Reader {
 public:
  void read(std::string_view line) {
    if (take_line(hunk_, line)) return;
    if (const auto names = after_prefix(line, "diff --git ")) {
      begin();
      file_.path = file_.old_path = common_path(*names);
      from_git_ = true;
    } else if (const auto old_name = after_prefix(line, "--- ")) {
      if (!from_git_ || has_names_) begin();
      has_names_ = true;
      file_.old_path = header_path(*old_name, "a/");
    } else if (const auto new_name = after_prefix(line, "+++ ")) {
      file_.path = header_path(*new_name, "b/");
      file_.is_deleted = file_.path.empty();
      if (file_.is_deleted) file_.path = file_.old_path;
    } else if (line.starts_with("@@ ")) {
      hunk_ = hunk_of(line);
    } else if (open_) {
      read_extended(line);
    }
  }

  std::vector<PatchedFile> files() && {
    end();
    return std::move(files_);
  }

 private:
  void read_extended(std::string_view line) {
    if (line.starts_with("new file mode")) file_.old_path.clear();
    if (line.starts_with("deleted file mode")) file_.is_deleted = true;
    for (const std::string_view what : {"rename", "copy"}) {
      const auto rest = after_prefix(line, what);
      if (!rest) continue;
      if (const auto name = after_prefix(*rest, " from ")) file_.old_path = unquoted(*name);
      if (const auto name = after_prefix(*rest, " to ")) file_.path = unquoted(*name);
    }
  }

  void begin() {
    end();
    open_ = true;
    from_git_ = has_names_ = false;
    file_ = {};
  }

  void end() {
    if (open_ && !file_.path.empty()) files_.push_back(file_);
    open_ = false;
  }

  std::vector<PatchedFile> files_;
  PatchedFile file_;
  Hunk hunk_;
  bool open_ = false;
  bool from_git_ = false;   // begun by "diff --git"
  bool has_names_ = false;  // "---" was seen
};

}  // namespace

std::vector<PatchedFile> patched_files(std::string_view patch) {
  Reader reader;
  for (std::string_view line : python_lines(patch)) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    reader.read(line);
  }
  return std::move(reader).files();
}

}  // namespace eval::judges::swe
