#pragma once

#include <memory>
#include <string>

#include "base/files.h"
#include "base/json.h"
#include "problems/problem.h"
#include "sandbox/sandbox.h"

// A small SWE-bench instance of our own: a repository with a wrong function, its fix, and tests that know the
// difference, run by this distribution's python3-pytest.
namespace eval::testing {

class SmallRepository {
 public:
  // Makes the repository below `folder`, with a commit after the base commit that holds the fix, and
  // environments.json. Empty `why_not()` if that worked.
  explicit SmallRepository(const fs::path& folder);

  const std::string& why_not() const { return why_not_; }
  const problems::Problem& problem() const { return problem_; }
  const fs::path& folder() const { return folder_; }
  const std::string& fix() const { return fix_; }
  // src/sums.py as it is at the base commit, and a patch that puts `content` in its place.
  static std::string wrong();
  static std::string patch_to(const std::string& content);
  // The instance as a row of the data set.
  Json row() const;

 private:
  fs::path folder_;
  problems::Problem problem_;
  std::string fix_;
  std::string why_not_;
};

// judges::swe::MakeBox of this machine.
Result<std::unique_ptr<sandbox::Sandbox>> make_box();

}  // namespace eval::testing
