#include "sandbox/box_view.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <system_error>

#include "sandbox/box_protocol.h"

namespace eval::sandbox {
namespace {

// Where distributions keep programs and libraries. Those that are links on the host (merged /usr)
// are links in the box.
constexpr const char* kSystemFolders[] = {"/usr",   "/bin",   "/sbin",   "/lib",
                                          "/lib32", "/lib64", "/libx32", "/opt"};
constexpr const char* kLibraryFolders[] = {"/usr/lib", "/usr/lib32", "/usr/lib64", "/usr/libx32",
                                           "/lib",     "/lib32",     "/lib64",     "/libx32"};

// The parts of /etc that the loader and language runtimes read. Nothing about people or the
// network; prefixes, because versions are part of the names.
constexpr const char* kSystemConfig[] = {"ld.so.cache", "ld.so.conf", "ld.so.conf.d",
                                         "alternatives"};
constexpr const char* kSystemConfigPrefixes[] = {"java", "python", "pypy", "fpc", "mono", "ghc"};
constexpr const char* kLibraryConfig[] = {"ld.so.cache", "ld.so.conf", "ld.so.conf.d"};

bool is_below(const fs::path& path, const fs::path& folder) {
  const auto [end, at] = std::mismatch(folder.begin(), folder.end(), path.begin(), path.end());
  return end == folder.end();
}

void add_folder(std::vector<ViewEntry>& entries, const std::string& path) {
  std::error_code error;
  const fs::file_status status = fs::symlink_status(path, error);
  if (error) return;
  if (fs::is_symlink(status)) {
    const fs::path target = fs::read_symlink(path, error);
    if (!error) entries.push_back({'L', path, target.string()});
  } else if (fs::is_directory(status)) {
    entries.push_back({'B', path, path});
  }
}

void add_if_present(std::vector<ViewEntry>& entries, const std::string& path) {
  std::error_code error;
  if (fs::exists(path, error)) entries.push_back({'B', path, path});
}

void add_config(std::vector<ViewEntry>& entries, bool whole_system) {
  if (!whole_system) {
    for (const char* name : kLibraryConfig) add_if_present(entries, fmt::format("/etc/{}", name));
    return;
  }
  for (const char* name : kSystemConfig) add_if_present(entries, fmt::format("/etc/{}", name));
  std::error_code error;
  for (const auto& entry : fs::directory_iterator("/etc", error)) {
    const std::string name = entry.path().filename().string();
    const bool wanted = std::any_of(
        std::begin(kSystemConfigPrefixes), std::end(kSystemConfigPrefixes),
        [&name](const char* prefix) { return name.compare(0, std::strlen(prefix), prefix) == 0; });
    if (wanted) add_if_present(entries, entry.path().string());
  }
}

// Fixed, so that a program sees the same users and hosts everywhere.
void add_fixed_files(std::vector<ViewEntry>& entries, unsigned uid) {
  entries.push_back({'F', "/etc/passwd",
                     fmt::format("root:x:0:0:root:/root:/usr/sbin/nologin\n"
                                 "box:x:{0}:{0}:box:/box:/bin/sh\n",
                                 uid)});
  entries.push_back({'F', "/etc/group", fmt::format("root:x:0:\nbox:x:{}:\n", uid)});
  entries.push_back({'F', "/etc/hosts", "127.0.0.1 localhost box\n"});
  entries.push_back({'F', "/etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files\n"});
}

Result<fs::path> checked_host_path(const fs::path& path) {
  const fs::path normal = path.lexically_normal();
  if (!normal.is_absolute() || normal == "/") {
    return fail(
        ErrorCode::BadInput,
        fmt::format("readable host path \"{}\" is not an absolute path below /", path.string()));
  }
  for (const char* own : {"/box", "/dev", "/proc"}) {
    if (normal == "/tmp" || normal == "/etc" || is_below(normal, own)) {
      return fail(ErrorCode::BadInput,
                  fmt::format("readable host path \"{}\" would hide the box's own", path.string()));
    }
  }
  std::error_code error;
  if (!fs::exists(normal, error)) {
    return fail(ErrorCode::NotFound,
                fmt::format("readable host path \"{}\" does not exist", path.string()));
  }
  return normal;
}

// Overlayfs takes paths in one line of options, where these mean something.
bool has_option_marks(const fs::path& path) {
  return path.native().find_first_of(":,\\") != std::string::npos;
}

Result<void> check_root_folder(const fs::path& path) {
  std::error_code error;
  if (path.is_absolute() && !has_option_marks(path) && fs::is_directory(path, error)) return {};
  return fail(ErrorCode::BadInput,
              fmt::format("\"{}\" cannot be part of a box's root: an absolute path of a folder, "
                          "without colon, comma and backslash, is wanted",
                          path.string()));
}

Result<void> check_root(const Command& command) {
  constexpr std::size_t kLayersMax = 128;  // as many as the largest images have
  const ImageRoot& root = *command.root;
  if (command.profile != Profile::Image) {
    return fail(ErrorCode::BadInput, "a root of its own is for the image profile");
  }
  if (root.layers.empty() || root.layers.size() > kLayersMax) {
    return fail(ErrorCode::BadInput, fmt::format("a box's root has 1 to {} layers, not {}",
                                                 kLayersMax, root.layers.size()));
  }
  for (const fs::path& layer : root.layers) EVAL_TRY(check_root_folder(layer));
  EVAL_TRY(check_root_folder(root.upper));
  return check_root_folder(root.work);
}

Result<std::vector<fs::path>> host_paths_of(const Command& command) {
  std::vector<fs::path> paths;
  for (const fs::path& path : command.readable_host_paths) {
    paths.push_back(EVAL_TRY(checked_host_path(path)));
  }
  std::sort(paths.begin(), paths.end());
  // A path below another (which sorts before it) is visible through that one already.
  std::vector<fs::path> needed;
  for (fs::path& path : paths) {
    const bool covered = std::any_of(needed.begin(), needed.end(), [&path](const fs::path& folder) {
      return is_below(path, folder);
    });
    if (!covered) needed.push_back(std::move(path));
  }
  return needed;
}

Result<ViewKey> root_key(const Command& command) {
  EVAL_TRY(check_root(command));
  ViewKey key;
  key.root = command.root;
  key.host_paths = EVAL_TRY(host_paths_of(command));
  struct stat status {};
  if (stat(key.root->upper.c_str(), &status) < 0) {
    return fail(system_error(ErrorCode::Io, "cannot look at the root of a box", errno,
                             key.root->upper.string()));
  }
  key.root_owner = status.st_uid;
  return key;
}

std::vector<ViewEntry> root_entries(const ImageRoot& root,
                                    const std::vector<fs::path>& host_paths) {
  std::vector<ViewEntry> entries = {{'U', "/", root.upper.string()},
                                    {'W', "/", root.work.string()}};
  // Overlayfs names the topmost first.
  for (auto layer = root.layers.rbegin(); layer != root.layers.rend(); ++layer) {
    entries.push_back({'Y', "/", layer->string()});
  }
  for (const fs::path& path : host_paths) entries.push_back({'B', path.string(), path.string()});
  return entries;
}

std::string runtime_of(const Command& command) {
  std::string runtime;
  for (const std::string& word : command.argv) runtime.append(word).push_back('\0');
  for (const auto& [name, value] : command.environment) {
    runtime.append(name).append("=").append(value).push_back('\0');
  }
  return runtime;
}

}  // namespace

Result<ViewKey> view_key_of(const Command& command) {
  if (command.root) return root_key(command);
  ViewKey key;
  key.whole_system = command.profile != Profile::Native;
  key.host_paths = EVAL_TRY(host_paths_of(command));
  if (command.warm_start) key.runtime = runtime_of(command);
  return key;
}

Result<std::vector<ViewEntry>> view_entries(const ViewKey& key, unsigned uid) {
  if (key.root) return root_entries(*key.root, key.host_paths);
  std::vector<ViewEntry> entries;
  entries.push_back({'D', "/etc"});
  entries.push_back({'D', "/box"});
  entries.push_back({'D', "/tmp"});
  if (key.whole_system) {
    for (const char* folder : kSystemFolders) add_folder(entries, folder);
  } else {
    for (const char* folder : kLibraryFolders) add_folder(entries, folder);
  }
  add_config(entries, key.whole_system);
  add_fixed_files(entries, uid);
  for (const fs::path& path : key.host_paths) {
    const bool covered =
        std::any_of(entries.begin(), entries.end(), [&path](const ViewEntry& entry) {
          return entry.kind == 'B' && is_below(path, entry.path);
        });
    if (!covered) entries.push_back({'B', path.string(), path.string()});
  }
  const auto binds = std::count_if(entries.begin(), entries.end(),
                                   [](const ViewEntry& entry) { return entry.kind == 'B'; });
  if (static_cast<std::size_t>(binds) > protocol::kBindsMax) {
    return fail(ErrorCode::BadInput, fmt::format("a box can show at most {} host paths, not {}",
                                                 protocol::kBindsMax, binds));
  }
  return entries;
}

}  // namespace eval::sandbox
