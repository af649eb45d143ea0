#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/files.h"
#include "base/result.h"
#include "base/unique_fd.h"

namespace eval::evaluator {

// What the attacks are after, on the judge's side: a file with a secret that every user may read, a
// descriptor of it and one of "/" that are not closed on exec, a TCP port and an abstract socket that
// answer. A box that keeps nothing from its program gives the secret away in one of these ways.
class Bait {
 public:
  static Result<Bait> create();

  // Stands in no other file; output that has it is a leak.
  const std::string& secret() const { return secret_; }
  // BAIT_FILE, BAIT_PORT, BAIT_SOCKET, BAIT_PID.
  const std::map<std::string, std::string>& environment() const { return environment_; }
  // `source` with @BAIT_FILE@ and @BAIT_PID@ filled in.
  std::string fill(std::string source) const;

 private:
  explicit Bait(TempDir folder) : folder_(std::move(folder)) {}
  TempDir folder_;
  std::string secret_;
  std::map<std::string, std::string> environment_;
  std::vector<UniqueFd> open_;
};

// What a run must not change outside of its box.
struct MachineState {
  int mounts = 0;       // in our mount namespace
  int ipc_objects = 0;  // System V segments, semaphores and queues
  int descriptors = 0;  // of this process
  int processes = 0;    // below the inits of our boxes
  std::string host_name;
  friend bool operator==(const MachineState&, const MachineState&) = default;
};

MachineState read_machine_state();

// What `now` has that `before` had not, in words; empty if nothing. Boxes are built and replaced
// between the two, so a few descriptors more are no finding.
std::string describe_leftovers(const MachineState& before, const MachineState& now);

}  // namespace eval::evaluator
