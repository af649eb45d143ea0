#include "judges/steps/precompiled_header.h"

#include <algorithm>
#include <cctype>
#include <fstream>
#include <system_error>

namespace eval::judges {
namespace {

constexpr const char* kWrapper = "all.h";
constexpr std::string_view kInclude = "#include <bits/stdc++.h>";
// 124 MB with g++ 12 and C++20.
constexpr Bytes kHeaderBytes = Bytes::mib(400);

// White space and comments of either kind.
std::string_view skip_to_code(std::string_view text) {
  for (;;) {
    const auto code = std::find_if(text.begin(), text.end(),
                                   [](unsigned char c) { return std::isspace(c) == 0; });
    text.remove_prefix(static_cast<std::size_t>(code - text.begin()));
    std::string_view end;
    if (text.starts_with("//")) {
      end = "\n";
    } else if (text.starts_with("/*")) {
      end = "*/";
    } else {
      return text;
    }
    const std::size_t at = text.find(end, 2);
    if (at == std::string_view::npos) return {};
    text.remove_prefix(at + end.size());
  }
}

const std::string* only_source(const sandbox::Command& command) {
  if (command.files.size() != 1 || !command.files.front().source.content) return nullptr;
  return &*command.files.front().source.content;
}

// The command without what differs from program to program.
std::vector<std::string> flags_of(const sandbox::Command& command, const std::string& output) {
  std::vector<std::string> flags;
  for (const std::string& word : command.argv) {
    if (word != "-o" && word != output && word != command.files.front().name) flags.push_back(word);
  }
  return flags;
}

// Readable by the users of boxes, whoever they are.
std::optional<TempDir> keep(const std::string& compiled) {
  auto folder = TempDir::create("evalctl-header-");
  if (!folder) return std::nullopt;
  const fs::path bits = folder->path() / "bits";
  std::error_code failed;
  fs::create_directory(bits, failed);
  fs::permissions(folder->path(), fs::perms(0755), failed);
  std::ofstream file(bits / "stdc++.h.gch", std::ios::binary);
  file.write(compiled.data(), static_cast<std::streamsize>(compiled.size()));
  file.close();
  if (!file) return std::nullopt;
  return std::move(*folder);
}

}  // namespace

bool begins_with_all_headers(std::string_view source) {
  const std::string_view code = skip_to_code(source);
  if (!code.starts_with(kInclude)) return false;
  // A comment that begins on this line may go on over the next; nothing else is of interest.
  const std::string_view rest = code.substr(kInclude.size());
  return rest.empty() || rest.front() == '\n' || rest.starts_with("\r\n");
}

std::optional<fs::path> PrecompiledHeaders::folder_for(const sandbox::Command& command,
                                                       const std::string& output,
                                                       const sandbox::Limits& limits,
                                                       const std::stop_token& stop) {
  const std::string* source = only_source(command);
  if (source == nullptr || !begins_with_all_headers(*source)) return std::nullopt;
  const std::vector<std::string> flags = flags_of(command, output);
  {
    const std::lock_guard lock(mutex_);
    Entry& entry = entries_[flags];
    if (entry.folder) return entry.folder->path();
    entry.programs += 1;
    if (entry.programs != 2) return std::nullopt;
  }
  sandbox::Command ahead = command;
  ahead.argv = flags;
  ahead.argv.insert(ahead.argv.end(), {"-x", "c++-header", kWrapper, "-o", output});
  ahead.files = {{kWrapper, {{}, std::string(kInclude) + "\n"}, false}};
  ahead.outputs = {output};
  sandbox::Limits room = limits;
  room.output_file = kHeaderBytes;
  room.file_size = kHeaderBytes;
  const auto run = sandbox_.run(ahead, room, stop);
  if (!run || run->status != sandbox::RunStatus::Exited || run->exit_code != 0) return std::nullopt;
  const auto compiled = run->outputs.find(output);
  if (compiled == run->outputs.end()) return std::nullopt;
  std::optional<TempDir> folder = keep(compiled->second);
  if (!folder) return std::nullopt;
  const std::lock_guard lock(mutex_);
  Entry& entry = entries_[flags];
  entry.folder = std::move(folder);
  return entry.folder->path();
}

}  // namespace eval::judges
