#pragma once

#include <memory>
#include <string>

#include "base/files.h"
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

 private:
  fs::path folder_;
  problems::Problem problem_;
  std::string fix_;
  std::string why_not_;
};

// judges::swe::MakeBox of this machine.
Result<std::unique_ptr<sandbox::Sandbox>> make_box();

}  // namespace eval::testing
