#pragma once

#include <fmt/format.h>

#include "tests/problems/package_fixture.h"

namespace eval::problems {

// Copies of the packages in tests/packages/formats, to be loaded as they are or damaged first.
class ImportFixture : public PackageFixture {
 protected:
  void copy(const std::string& name) {
    fs::copy(fs::path(EVAL_TEST_SOURCE_DIR) / "tests/packages/formats" / name, folder() / name,
             fs::copy_options::recursive);
  }

  // Replaces a text of a file that must have it.
  void replace(const fs::path& file, std::string_view from, std::string_view to) {
    const auto text = read_file(folder() / file);
    ASSERT_TRUE(text) << describe(text.error());
    ASSERT_NE(text->find(from), std::string::npos) << file << " lacks " << from;
    write(file, replace_all(*text, from, to));
  }

  std::string load_words(const fs::path& package, const LoadOptions& options = {}) {
    const auto problem = load_package(folder() / package, "suite", "slug", options);
    EXPECT_FALSE(problem);
    return problem ? std::string() : describe(problem.error());
  }

  // "name points aggregation: testcases" of every group of the root.
  static std::vector<std::string> groups(const Problem& problem) {
    std::vector<std::string> lines;
    for (const Subtask& group : task(problem).root.subtasks) {
      std::string line = fmt::format("{} {} {}:", group.name, group.points.value_or(-1),
                                     static_cast<int>(group.aggregation));
      for (const Subtask::Member& member : group.order)
        line += " " + task(problem).testcases[member.index].name;
      lines.push_back(line);
    }
    return lines;
  }

  static std::vector<std::string> file_names(const std::vector<fs::path>& files) {
    std::vector<std::string> names;
    for (const fs::path& file : files) names.push_back(file.filename().string());
    return names;
  }
};

}  // namespace eval::problems
