#include "problems/package_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>

#include "base/hash.h"
#include "base/text.h"
#include "base/yaml.h"

namespace eval::problems {
namespace {

bool has_allowed_characters(std::string_view name) {
  return name.size() <= 255 && std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '_' || c == '.' || c == '-';
         });
}

bool is_left_out(std::string_view name) {
  return name.starts_with('.') || name.starts_with('-') || name.ends_with(".disabled") ||
         name.ends_with('~');
}

void collect_files(const fs::path& directory, int depth, std::vector<fs::path>& files,
                   Findings& findings) {
  if (depth > kPackageDepthMax) {
    findings.fault("too-deep", "directories are nested too deeply", directory.string(),
                   "remove the symbolic link that leads back to its own parent");
    return;
  }
  for (const PackageEntry& entry : package_entries(directory, findings)) {
    if (!entry.is_directory) {
      files.push_back(entry.path);
    } else {
      collect_files(entry.path, depth + 1, files, findings);
    }
  }
}

// Folders of generators and hand-outs that nothing is read from; of `gen/` but its list. Tasks of one
// contest like to share what lies in them.
bool is_never_read(const fs::path& relative) {
  const std::string folder = relative.begin()->string();
  if (folder == "gen") return relative != fs::path("gen/GEN") && relative != fs::path("gen");
  return folder == "att" || folder == "scripts";
}

void check_link(const fs::path& link, const fs::path& package, const fs::path& links_within,
                Findings& findings) {
  std::error_code error;
  const fs::path target = fs::canonical(link, error);
  if (error) {
    findings.warning("dangling-symlink", "a symbolic link leads nowhere", link.string(),
                     "remove it, or add what it names");
  } else if (is_inside(target, package) ||
             (!links_within.empty() && is_inside(target, links_within))) {
    return;
  } else if (is_never_read(link.lexically_relative(package))) {
    findings.warning("symlink-escape", "a symbolic link leads out of the package", link.string(),
                     "replace it by a copy of what it names; nothing is read through it");
  } else {
    findings.fault("symlink-escape", "a symbolic link leads out of the package", link.string(),
                   "replace it by a copy of what it names, or name a folder that holds both");
  }
}

}  // namespace

bool is_file(const fs::path& path) {
  std::error_code error;
  return fs::is_regular_file(path, error);
}

bool is_folder(const fs::path& path) {
  std::error_code error;
  return fs::is_directory(path, error);
}

std::vector<PackageEntry> package_entries(const fs::path& directory, Findings& findings) {
  if (!is_folder(directory)) return {};
  const auto names = findings.take("unreadable", list_directory(directory));
  if (!names) return {};
  std::vector<PackageEntry> entries;
  for (const std::string& name : *names) {
    if (is_left_out(name)) continue;
    const fs::path path = directory / name;
    if (!has_allowed_characters(name)) {
      findings.warning("file-name", fmt::format("\"{}\" is ignored because of its name", name),
                       directory.string(),
                       "use letters, digits, \"_\", \".\" and \"-\" only in names of a package");
      continue;
    }
    const bool directory_entry = is_folder(path);
    if (directory_entry || is_file(path)) entries.push_back({name, path, directory_entry});
  }
  return entries;
}

std::vector<fs::path> package_files_below(const fs::path& directory, Findings& findings) {
  std::vector<fs::path> files;
  collect_files(directory, 0, files, findings);
  return files;
}

void check_package_links(const fs::path& package, const fs::path& links_within,
                         Findings& findings) {
  std::error_code error;
  fs::recursive_directory_iterator entry(package, fs::directory_options::skip_permission_denied,
                                         error);
  std::size_t count = 0;
  for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
    if (++count > kPackageEntriesMax) {
      findings.fault("too-many-files",
                     fmt::format("the package has more than {} files", kPackageEntriesMax),
                     package.string(), "name the folder of one problem");
      return;
    }
    std::error_code ignored;
    if (entry->is_symlink(ignored)) {
      check_link(entry->path(), package, links_within, findings);
    } else if (entry->path().filename() == ".git") {
      entry.disable_recursion_pending();
    }
  }
  if (error) {
    findings.fault("unreadable", system_error(ErrorCode::Io, "cannot walk through the package",
                                              error.value(), package.string()));
  }
}

std::optional<DataFile> read_data_file(const fs::path& path, Findings& findings) {
  const auto content = findings.take("unreadable", read_file(path));
  if (!content) return std::nullopt;
  return DataFile{path, Bytes{content->size()}, sha256_hex(*content)};
}

std::optional<std::string> read_package_text(const fs::path& path, Findings& findings) {
  auto text = findings.take("unreadable", read_file(path, kPackageTextLimit));
  if (!text) return std::nullopt;
  if (const auto offset = find_invalid_utf8(*text)) {
    findings.fault("not-utf8", fmt::format("the file is not UTF-8 at byte {}", *offset),
                   path.string(), "convert it, e.g. `iconv -f latin1 -t utf8`");
    return std::nullopt;
  }
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (text->starts_with(kByteOrderMark)) text->erase(0, kByteOrderMark.size());
  return text;
}

std::optional<Json> read_package_yaml(const fs::path& path, Findings& findings) {
  const auto text = read_package_text(path, findings);
  if (!text) return std::nullopt;
  auto yaml = findings.take("yaml-syntax", parse_yaml_leniently(*text, path.string()));
  if (!yaml) return std::nullopt;
  for (const std::string& key : yaml->repeated_keys) {
    findings.warning("repeated-key", fmt::format("the key \"{}\" appears twice", key),
                     path.string(), "keep one of them; the last one counts");
  }
  return std::move(yaml->value);
}

}  // namespace eval::problems
