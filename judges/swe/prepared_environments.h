#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/files.h"
#include "base/result.h"
#include "judges/swe/environment.h"

// Environments that somebody has prepared: a folder with `environments.json`.
//
// FORMAT (version 1)
//   {"version": 1, "environments": {"OWNER__NAME-NUMBER": {
//      "repository": "repos/name.git",      git repository that has the base commit, bare or not
//      "root": "rootfs" or "rootfs.tar.gz", file system for it; absent: this machine's /usr, read-only
//      "at": "/testbed",                    where the working tree lies in it (that is the default)
//      "environment": {"NAME": "value"},    of every command
//      "setup": "shell script",             run once in every working copy, in the repository
//      "test": ["command"]                  instead of the table's commands; files to test included
//   }}}
// Paths are relative to the file. Other members are refused by name. A root's files are copied once into the
// cache and belong to environment_user() there; set-user bits and device files have no effect.
namespace eval::judges::swe {

struct PreparedEnvironment {
  fs::path repository;  // absolute, as the other paths
  std::optional<fs::path> root;
  fs::path at = "/testbed";
  std::map<std::string, std::string> environment;
  std::string setup;
  std::vector<std::string> test;
  friend bool operator==(const PreparedEnvironment&, const PreparedEnvironment&) = default;
};

// By instance id. BadInput for a file that is not as above; `where` is the file, `folder` its folder.
Result<std::map<std::string, PreparedEnvironment>> read_prepared_environments(
    std::string_view json, const fs::path& folder, std::string_view where);

// The environments of `folder`; layers made from them, and working copies, lie in `cache`. Needs git, and tar
// where a root is an archive.
Result<std::unique_ptr<EnvironmentSource>> open_prepared_environments(const fs::path& folder,
                                                                      const fs::path& cache,
                                                                      MakeBox make_box);

}  // namespace eval::judges::swe
