#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/subprocess.h"

// The command line that docker and podman have in common. Thread-safe.
namespace eval::judges::swe {

// This process, as containers and folders are marked with it: nobody else ever has the same.
std::string container_owner();
// False only for a process of this machine and namespace that is gone.
bool may_be_alive(const std::string& owner);

class ContainerEngine {
 public:
  // Asks it for its containers, and removes those whose owner is gone.
  static Result<ContainerEngine> open(const std::string& program);

  const std::string& version() const { return version_; }  // "podman version 4.3.1"

  // The id of an image (64 hex digits), pulled if the engine does not have it.
  Result<std::string> image(const std::string& name, std::stop_token stop) const;

  // A container that runs `/bin/bash START` each time it is started. `folders`: "/host:/inside[:ro]".
  Result<void> create(const std::string& container, const std::string& image,
                      const std::vector<std::string>& folders, const std::string& start) const;

  struct Run {
    ToolResult streams;
    int exit_code = 0;
    bool out_of_memory = false;
  };
  // Starts it and waits until it ends; kills it after `time` (timed_out), and when stopped.
  Result<Run> start(const std::string& container, std::chrono::milliseconds time,
                    Bytes output_limit, std::stop_token stop) const;

  // With everything in it. What cannot be removed now is removed by the next open().
  void remove(const std::string& container) const;

 private:
  ContainerEngine(std::string program, std::string version)
      : program_(std::move(program)), version_(std::move(version)) {}
  Result<ToolResult> run(std::vector<std::string> arguments, std::chrono::milliseconds timeout,
                         std::stop_token stop = {}) const;
  Result<std::string> ask(std::vector<std::string> arguments, std::chrono::milliseconds timeout,
                          std::stop_token stop = {}) const;
  Result<void> remove_abandoned() const;

  std::string program_;
  std::string version_;
};

}  // namespace eval::judges::swe
