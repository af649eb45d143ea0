#include "problems/formats.h"

#include <algorithm>
#include <array>

#include "problems/cms_task.h"
#include "problems/package_files.h"

namespace eval::problems {
namespace {

bool is_sinol(const fs::path& directory) {
  return is_file(directory / "config.yml") &&
         (is_folder(directory / "in") || is_folder(directory / "prog"));
}

// data/ with something beside it that only a problem has.
bool is_loose_data(const fs::path& directory) {
  if (!is_folder(directory / "data")) return false;
  Findings ignored;
  const std::vector<PackageEntry> entries = package_entries(directory, ignored);
  return std::any_of(entries.begin(), entries.end(), [](const PackageEntry& entry) {
    return !entry.is_directory &&
           (entry.name.starts_with("description.") || entry.name.starts_with("solution.") ||
            entry.name.starts_with("scorer."));
  });
}

// Files that only one format has come first.
constexpr std::array kFormats = {
    PackageFormat{"a CMS task (task.yaml)", is_cms_task, load_cms_task},
    PackageFormat{"a sinol package (config.yml)", is_sinol, nullptr},
    PackageFormat{"test data without problem.yaml", is_loose_data, nullptr},
};

}  // namespace

const PackageFormat* format_of(const fs::path& directory) {
  if (is_file(directory / "problem.yaml")) return nullptr;
  const auto found = std::find_if(kFormats.begin(), kFormats.end(),
                                  [&](const PackageFormat& one) { return one.detect(directory); });
  return found == kFormats.end() ? nullptr : &*found;
}

}  // namespace eval::problems
