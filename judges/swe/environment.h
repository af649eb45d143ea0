#pragma once

#include <functional>
#include <map>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/files.h"
#include "base/result.h"
#include "judges/swe/environment_plan.h"
#include "problems/problem.h"
#include "sandbox/sandbox.h"

// Where an instance's commands run: a file system that holds its repository and all that its tests need.
// Behind one interface lie unpacked images, prepared folders, and docker or podman.
namespace eval::judges::swe {

// One script in an environment.
struct ShellRun {
  std::string script;                                   // for `bash -c`, started in the repository
  std::map<std::string, std::string> environment = {};  // besides what the environment sets itself
  std::vector<sandbox::InputFile> files = {};  // appear in /box, which every run finds empty
  std::vector<std::string> outputs = {};       // of /box, copied out afterwards
};

// A working copy of its own: what one script changes the next one finds; nothing else sees it, and it is
// gone with this object. One run at a time. No network.
class Environment {
 public:
  virtual ~Environment() = default;

  // What the script does, whatever it is, is a result; an Error is a failure of ours. Also BadInput for
  // a script that fills the disk beyond the environment's limit: what comes after is not to be trusted.
  virtual Result<sandbox::ExecutionResult> run(const ShellRun& run, const sandbox::Limits& limits,
                                               std::stop_token stop) = 0;

  // Files and links outside the repository and /tmp that runs have made, changed or removed so far, by
  // their paths without the first slash; nullopt where this kind of environment cannot tell. Found from
  // outside, by no program of the environment.
  virtual Result<std::optional<std::vector<std::string>>> written_outside() {
    return std::optional<std::vector<std::string>>();
  }
  // What now stands in one of these; empty if it is no file.
  virtual std::string written_content(const std::string& path) {
    static_cast<void>(path);
    return {};
  }

  virtual fs::path repository() const = 0;    // as seen inside: "/testbed"
  virtual std::string identity() const = 0;   // digest of all it was made from
  virtual std::string isolation() const = 0;  // rung of the boxes it runs in
};

struct SourceNeeds {
  std::vector<PlannedInstance>
      instances;              // as the problems were given; without layers if not known
  std::vector<Error> faults;  // why
  Bytes disk_free;            // for images and working copies
};

// Makes environments. Thread-safe.
class EnvironmentSource {
 public:
  virtual ~EnvironmentSource() = default;

  // A fresh working copy. NotFound if the source has none for the instance, with what to do about it.
  virtual Result<std::unique_ptr<Environment>> open(const problems::Problem& problem,
                                                    std::stop_token stop) = 0;

  // Environment::identity of what open() would make, without making it.
  virtual Result<std::string> identity_of(const problems::Problem& problem) = 0;

  // Test commands that the environment asks for instead of the table's; usually none.
  virtual Result<std::vector<std::string>> test_commands_of(const problems::Problem& problem) {
    static_cast<void>(problem);
    return std::vector<std::string>();
  }

  // What open() would need on disk for each of the problems, asked of the registry where it is not here: image
  // and layers of a PlannedInstance. nullopt where nothing is pulled into a place of ours.
  virtual Result<std::optional<SourceNeeds>> needs_of(
      const std::vector<const problems::Problem*>& problems, std::stop_token stop) {
    static_cast<void>(problems);
    static_cast<void>(stop);
    return std::optional<SourceNeeds>();
  }

  // In which order open() will come, so that what is missing can be fetched for up to `ahead` of them
  // meanwhile. Once at most, before the first open().
  virtual void expect(const std::vector<const problems::Problem*>& problems, int ahead) {
    static_cast<void>(problems);
    static_cast<void>(ahead);
  }

  virtual std::string description() const = 0;  // "images of /var/...", for the manifest
};

// What a box environment is made of.
struct BoxRoot {
  std::vector<fs::path> layers;      // lowest first; their files belong to environment_user()
  std::vector<fs::path> host_paths;  // of this machine, shown read-only
  std::map<std::string, std::string> environment;  // of every run
  fs::path repository = "/testbed";
  std::string identity;
  fs::path scratch;             // folder for working copies, on a disk with room
  Bytes disk = Bytes::gib(16);  // what a working copy may write
};

// The user whose the files of layers and working copies are: a fixed one for root, else the caller.
unsigned environment_user();

// A sandbox with one box that is pinned to no core: compiling and testing use several.
using MakeBox = std::function<Result<std::unique_ptr<sandbox::Sandbox>>()>;

// A working copy of `root`, in a sandbox of its own.
Result<std::unique_ptr<Environment>> open_box_environment(const BoxRoot& root,
                                                          const MakeBox& make_box);

}  // namespace eval::judges::swe
