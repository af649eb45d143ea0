#include "problems/suite.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/text.h"
#include "problems/livecodebench_prediction.h"
#include "problems/map_reader.h"
#include "problems/package_files.h"
#include "problems/package_loader.h"
#include "problems/proof_set.h"
#include "problems/swe_bench.h"

namespace eval::problems {
namespace {

// One folder that is, or looks like, a problem.
struct Found {
  std::string slug;
  fs::path directory;
};

// "bapctools/different" -> "bapctools-different". Slashes part ids from suites, so slugs have none.
std::string slug_of(const fs::path& below_suite) {
  return replace_all(below_suite.generic_string(), "/", "-");
}

// Packages never contain packages, so the search does not go into one.
void find_packages(const fs::path& root, const fs::path& below, int depth,
                   std::vector<Found>& found) {
  if (depth > kPackageDepthMax || found.size() > kPackageEntriesMax) return;
  const fs::path directory = root / below;
  if (depth > 0 && looks_like_package(directory)) {
    found.push_back({slug_of(below), directory});
    return;
  }
  Findings ignored;  // names that cannot be packages
  for (const PackageEntry& entry : package_entries(directory, ignored)) {
    std::error_code error;
    // A link to a folder would find its packages twice, or never end.
    if (entry.is_directory && !fs::is_symlink(entry.path, error))
      find_packages(root, below / entry.name, depth + 1, found);
  }
}

std::string folder_name(const fs::path& directory) {
  const std::string name = directory.filename().string();
  return name.empty() ? "suite" : name;
}

void load_found(const std::vector<Found>& found, const LoadOptions& options, Suite& suite) {
  std::set<std::string> slugs;
  for (const Found& candidate : found) {
    const std::string id = suite.name + "/" + candidate.slug;
    if (!slugs.insert(candidate.slug).second) {
      suite.refused.push_back({id, Error{ErrorCode::BadInput,
                                         fmt::format("two problems have the id \"{}\"", id),
                                         candidate.directory.string(),
                                         "rename one of the folders",
                                         0,
                                         {}}});
      continue;
    }
    auto problem = load_package(candidate.directory, suite.name, candidate.slug, options);
    if (!problem) {
      suite.refused.push_back({id, std::move(problem).error()});
    } else {
      suite.problems.push_back(std::move(*problem));
    }
  }
}

LoadOptions sharing_below(const fs::path& directory, LoadOptions options) {
  options.links_within = directory;
  return options;
}

// The packages that suite.yaml lists, in its order. Names lead below the suite's folder only.
std::vector<Found> listed_packages(const std::vector<std::string>& names, const fs::path& directory,
                                   Findings& findings) {
  std::vector<Found> found;
  std::vector<Found> all;
  find_packages(directory, {}, 0, all);
  std::vector<std::string> existing;
  for (const Found& one : all)
    existing.push_back(one.directory.lexically_relative(directory).generic_string());
  for (const std::string& name : names) {
    const fs::path below = fs::path(name).lexically_normal();
    const bool leads_out = below.is_absolute() || below.empty() || *below.begin() == "..";
    if (!leads_out && is_folder(directory / below) && is_inside(directory / below, directory)) {
      found.push_back({slug_of(below), directory / below});
      continue;
    }
    const auto near = closest_match(name, existing);
    findings.fault("suite-problem", fmt::format("the suite lists \"{}\", which is not in it", name),
                   (directory / "suite.yaml").string(),
                   near ? fmt::format("did you mean \"{}\"?", *near)
                        : std::string("remove it from `problems`, or add its folder"));
  }
  return found;
}

Result<Suite> load_described_suite(const fs::path& directory, const LoadOptions& options) {
  Findings findings;
  const fs::path file = directory / "suite.yaml";
  const auto yaml = read_package_yaml(file, findings);
  if (!yaml) return fail(combine(findings.faults()));
  MapReader reader(*yaml, file.string(), findings);
  Suite suite;
  suite.directory = directory;
  suite.name = reader.text("name").value_or(folder_name(directory));
  suite.title = reader.text("title").value_or(suite.name);
  suite.description = std::string(trim(reader.text("description").value_or("")));
  suite.contest = reader.text("contest").value_or("");
  if (suite.name.empty() || suite.name.find('/') != std::string::npos)
    reader.wrong_type("name", "a name without \"/\"", Json(suite.name));
  std::vector<Found> found;
  if (const auto names = reader.words("problems")) {
    found = listed_packages(*names, directory, findings);
  } else {
    find_packages(directory, {}, 0, found);
  }
  for (const std::string& key : reader.keys()) {
    static const std::set<std::string, std::less<>> kKeys = {"name", "title", "description",
                                                             "contest", "problems"};
    if (!kKeys.contains(key))
      findings.fault("unknown-key", fmt::format("the key \"{}\" is not known", key), file.string(),
                     "known are name, title, description, contest and problems");
  }
  if (found.empty() && findings.usable())
    findings.fault("suite-empty", "the suite has no problem", file.string(),
                   "add problem packages to its folder");
  if (!findings.usable()) return fail(combine(findings.faults()));
  load_found(found, sharing_below(directory, options), suite);
  return suite;
}

Result<Suite> load_single_package(const fs::path& directory, const LoadOptions& options) {
  Suite suite;
  suite.directory = directory.parent_path();
  suite.name = suite.title = folder_name(directory.parent_path());
  load_found({{folder_name(directory), directory}}, options, suite);
  return suite;
}

Result<Suite> load_tree(const fs::path& directory, const LoadOptions& options) {
  std::vector<Found> found;
  find_packages(directory, {}, 0, found);
  if (found.empty()) {
    return fail(ErrorCode::BadInput, "the folder has no problem package in it or below it",
                directory.string(),
                "a problem package is a folder with problem.yaml, task.yaml, problem.json, "
                "problem.xml, init.yml or rows.jsonl");
  }
  Suite suite;
  suite.directory = directory;
  suite.name = suite.title = folder_name(directory);
  load_found(found, sharing_below(directory, options), suite);
  return suite;
}

Result<Suite> load_folder(const fs::path& path, const LoadOptions& options) {
  std::error_code error;
  const fs::path directory = fs::canonical(path, error);
  if (is_file(directory / "suite.yaml")) return load_described_suite(directory, options);
  if (looks_like_package(directory)) return load_single_package(directory, options);
  return load_tree(directory, options);
}

// Named suites: by folder, the first of `suite_folders` that has it.
std::map<std::string, fs::path> named_suites(const std::vector<fs::path>& suite_folders) {
  std::map<std::string, fs::path> suites;
  for (const fs::path& folder : suite_folders) {
    Findings ignored;
    for (const PackageEntry& entry : package_entries(folder, ignored)) {
      if (entry.is_directory && is_file(entry.path / "suite.yaml"))
        suites.emplace(entry.name, entry.path);
    }
  }
  return suites;
}

}  // namespace

Result<Suite> load_suite(std::string_view name_or_path, const LoadOptions& options) {
  const std::map<std::string, fs::path> suites = named_suites(options.suite_folders);
  if (const auto named = suites.find(std::string(name_or_path)); named != suites.end())
    return load_folder(named->second, options);
  // Before proof sets, which may be JSONL too.
  if (const auto file = find_livecodebench_predictions(name_or_path)) {
    return load_livecodebench_predictions(*file, options.livecodebench);
  }
  if (is_livecodebench(name_or_path))
    return load_livecodebench(name_or_path, options.livecodebench);
  if (is_swe_bench(name_or_path)) return load_swe_bench(name_or_path);
  if (names_proof_set(name_or_path)) {
    ProofSet set = EVAL_TRY(load_proof_set(name_or_path));
    return std::move(set.suite);
  }
  if (is_folder(name_or_path)) return load_folder(name_or_path, options);
  std::vector<std::string> names;
  for (const auto& [name, folder] : suites) names.push_back(name);
  const auto near = closest_match(name_or_path, names);
  std::string help = "name a folder with problem packages";
  if (near) {
    help = fmt::format("did you mean \"{}\"?", *near);
  } else if (!names.empty()) {
    help += ", or one of " + join(names, ", ");
  }
  return fail(ErrorCode::NotFound,
              fmt::format("there is no suite and no folder \"{}\"", name_or_path), {},
              std::move(help));
}

bool is_data_set(std::string_view path) {
  return find_livecodebench_predictions(path) || is_livecodebench(path) || is_swe_bench(path) ||
         names_proof_set(path);
}

Result<Problem> load_package(const fs::path& directory, std::string suite, std::string slug,
                             const LoadOptions& options) {
  EVAL_TRY(expect_package(directory));
  Findings findings;
  Problem problem = read_problem(directory, std::move(suite), std::move(slug), options, findings);
  if (findings.usable()) return problem;
  std::vector<Error> faults;
  for (Error& fault : findings.faults())
    faults.push_back(std::move(fault).in(fmt::format("problem \"{}\"", problem.slug)));
  // What is broken comes first: only a package that is whole but for it is called unsupported.
  std::stable_partition(faults.begin(), faults.end(),
                        [](const Error& fault) { return fault.code != ErrorCode::Unsupported; });
  return fail(combine(std::move(faults)));
}

std::vector<std::string> list_suites(const std::vector<fs::path>& suite_folders) {
  std::vector<std::string> names;
  for (const auto& [name, folder] : named_suites(suite_folders)) names.push_back(name);
  return names;
}

}  // namespace eval::problems
