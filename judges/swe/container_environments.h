#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/files.h"
#include "base/result.h"
#include "judges/swe/environment.h"

// Environments that are containers of an engine the user has and prefers: docker, podman.
//
// Images come from the engine: those it has, its users' own builds among them, else it is told to pull; its
// configuration decides about registries. A working copy is one container; each script is one start of it, so
// that what a script started ends with it. No network, 8 GiB, 4,096 processes, and of root's rights those over
// files, users and processes alone. What holds a program in is the engine, not our boxes: the isolation that
// judgements name is its version. CPU time and memory of a run are not measured.
namespace eval::judges::swe {

struct ContainerOptions {
  std::string program;  // "docker" or "podman": found where the system has its programs
  fs::path
      scratch;  // folder for what containers and we exchange; has to be one the engine can mount
  std::function<void(const std::string&)> narrate = {};
};

// NotFound if the engine is not installed, Infrastructure if it does not answer. Removes containers and
// folders that evalctl left behind when it was killed.
Result<std::unique_ptr<EnvironmentSource>> open_container_environments(ContainerOptions options);

}  // namespace eval::judges::swe
