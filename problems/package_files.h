#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.h"
#include "base/json.h"
#include "problems/findings.h"
#include "problems/problem.h"

// What all parts of the loader need of the file tree of a package.
namespace eval::problems {

// A package of more entries than this is a mistake (a whole disk named as a package), not a problem.
inline constexpr std::size_t kPackageEntriesMax = 200'000;
// Directories nested deeper than this are a symbolic link that leads back to its own parent.
inline constexpr int kPackageDepthMax = 16;
// No text we read of a package (statement, YAML, source of a submission) is larger.
inline constexpr Bytes kPackageTextLimit = Bytes::mib(8);

struct PackageEntry {
  std::string name;
  fs::path path;
  bool is_directory = false;
};

// The entries of `directory` in byte order of their names, symbolic links resolved; empty if there
// is no such directory. Left out, as the formats ask: names that start with "." or "-" and names
// with other characters than letters, digits, "_", "." and "-" (with a warning). Left out by custom:
// "*.disabled" and editors' backups ("*~").
std::vector<PackageEntry> package_entries(const fs::path& directory, Findings& findings);

// All files below `directory` that are not left out, in byte order of their paths.
std::vector<fs::path> package_files_below(const fs::path& directory, Findings& findings);

// Notes a fault for every symbolic link that leads out of the package and of `links_within`, but a
// warning for those in folders that are never read, and for those that lead nowhere.
void check_package_links(const fs::path& package, const fs::path& links_within, Findings& findings);

// Size and SHA-256 of a file; nullopt after a fault was noted.
std::optional<DataFile> read_data_file(const fs::path& path, Findings& findings);

// The text of a file of at most kPackageTextLimit; nullopt after a fault was noted, also when it is
// not UTF-8. A byte-order mark is dropped.
std::optional<std::string> read_package_text(const fs::path& path, Findings& findings);

// The parsed YAML of a file (null for an empty one); nullopt after a fault was noted.
std::optional<Json> read_package_yaml(const fs::path& path, Findings& findings);

bool is_file(const fs::path& path);
bool is_folder(const fs::path& path);

}  // namespace eval::problems
