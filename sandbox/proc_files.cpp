#include "sandbox/proc_files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "base/unique_fd.h"

namespace eval::sandbox {

std::optional<std::string> read_small_file(const fs::path& path) {
  const UniqueFd file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.valid()) return std::nullopt;
  constexpr std::size_t kLimit = 64 * 1024;
  std::string text;
  char buffer[4096];
  while (text.size() < kLimit) {
    const ssize_t count = read(file.value(), buffer, sizeof buffer);
    if (count < 0) return std::nullopt;
    if (count == 0) break;
    text.append(buffer, static_cast<std::size_t>(count));
  }
  return text;
}

std::optional<std::uint64_t> read_number_file(const fs::path& path) {
  const std::optional<std::string> text = read_small_file(path);
  if (!text) return std::nullopt;
  const std::optional<long long> number = parse_integer(trim(*text));
  if (!number || *number < 0) return std::nullopt;
  return static_cast<std::uint64_t>(*number);
}

std::optional<std::uint64_t> find_keyed_number(std::string_view text, std::string_view key) {
  for (const std::string_view line : split_lines(text)) {
    const std::vector<std::string_view> words = split_words(line);
    if (words.size() < 2 || words[0] != key) continue;
    const std::optional<long long> number = parse_integer(words[1]);
    if (number && *number >= 0) return static_cast<std::uint64_t>(*number);
  }
  return std::nullopt;
}

std::uint64_t process_start_time(int pid) {
  const std::optional<std::string> text = read_small_file(fmt::format("/proc/{}/stat", pid));
  if (!text) return 0;
  // The name in parentheses may hold anything, so fields are counted after its last one.
  const std::size_t name_end = text->rfind(')');
  if (name_end == std::string::npos) return 0;
  const std::vector<std::string_view> fields =
      split_words(std::string_view(*text).substr(name_end + 1));
  constexpr std::size_t kStartTime = 22 - 3;  // the first field here is number 3
  if (fields.size() <= kStartTime) return 0;
  return static_cast<std::uint64_t>(parse_integer(fields[kStartTime]).value_or(0));
}

std::uint64_t pid_namespace_id() {
  struct stat status {};
  return stat("/proc/self/ns/pid", &status) == 0 ? status.st_ino : 0;
}

}  // namespace eval::sandbox
