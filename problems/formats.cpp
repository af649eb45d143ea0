#include "problems/formats.h"

#include <algorithm>
#include <array>

#include "problems/cms_task.h"
#include "problems/dmoj.h"
#include "problems/ioi_archive.h"
#include "problems/open_r1.h"
#include "problems/package_files.h"
#include "problems/polygon.h"

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
    PackageFormat{"a Polygon package (problem.xml)", is_polygon_package, load_polygon_package},
    PackageFormat{"a DMOJ problem (init.yml)", is_dmoj_problem, load_dmoj_problem},
    PackageFormat{"rows of open-r1/ioi (rows.jsonl)", is_open_r1_problem, load_open_r1_problem},
    PackageFormat{"an IOI archive or TPS task (problem.json)", is_ioi_archive, load_ioi_archive},
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
