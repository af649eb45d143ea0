#include "judges/swe/tree_state.h"

#include <fmt/format.h>

#include "base/text.h"

namespace eval::judges::swe {
namespace {

constexpr std::chrono::minutes kLookTime{10};
constexpr Bytes kLookBytes = Bytes::mib(256);  // a million files

Result<std::string> output_of(Environment& environment, std::string script, std::stop_token stop) {
  sandbox::Limits limits;
  limits.cpu_time = kLookTime;
  limits.wall_time = kLookTime;
  limits.memory = Bytes::gib(2);
  limits.standard_output = kLookBytes;
  auto result = EVAL_TRY(environment.run({.script = std::move(script)}, limits, std::move(stop)));
  if (result.status == sandbox::RunStatus::Cancelled) {
    return fail(ErrorCode::Cancelled, "looking at a repository was cancelled");
  }
  if (result.status == sandbox::RunStatus::Exited && result.exit_code == 0) {
    return std::move(result.standard_output);
  }
  return fail(ErrorCode::Infrastructure,
              fmt::format("the files of a repository cannot be listed: {}",
                          shorten(to_valid_utf8(result.standard_error), 400)),
              environment.repository().string());
}

}  // namespace

Result<TreeState> look_at_tree(Environment& environment, std::stop_token stop) {
  // Path, kind, mode, size, time of change, target of a link; a name may hold anything but NUL.
  const std::string listing = EVAL_TRY(output_of(
      environment, R"(find . -path ./.git -prune -o ! -type d -printf '%P\0%y %m %s %C@ %l\0')",
      stop));
  TreeState state;
  std::size_t at = 0;
  while (at < listing.size()) {
    const std::size_t name_end = listing.find('\0', at);
    if (name_end == std::string::npos) break;
    const std::size_t end = std::min(listing.find('\0', name_end + 1), listing.size());
    state.emplace(listing.substr(at, name_end - at),
                  listing.substr(name_end + 1, end - name_end - 1));
    at = end + 1;
  }
  return state;
}

std::vector<TreeChange> changes_between(const TreeState& before, const TreeState& after) {
  std::vector<TreeChange> changes;
  auto old_entry = before.begin();
  for (const auto& [path, state] : after) {
    for (; old_entry != before.end() && old_entry->first < path; ++old_entry) {
      changes.push_back({old_entry->first, false});
    }
    const bool was_there = old_entry != before.end() && old_entry->first == path;
    if (!was_there || old_entry->second != state) changes.push_back({path, !was_there});
    if (was_there) ++old_entry;
  }
  for (; old_entry != before.end(); ++old_entry) changes.push_back({old_entry->first, false});
  return changes;
}

std::string git_state_function() {
  // Folders are left out: git makes and removes lock files in them.
  return R"(git_state() {
  find .git \( -path .git/objects -o -path .git/index -o -path .git/logs -o -name '*_HEAD' \
    -o -name '*.lock' \) -prune -o ! -type d -printf '%p %y %m %s %C@ %l\n' | LC_ALL=C sort
}
)";
}

Result<std::string> look_at_git_folder(Environment& environment, std::stop_token stop) {
  return output_of(environment, git_state_function() + "git_state", std::move(stop));
}

}  // namespace eval::judges::swe
