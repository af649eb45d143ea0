#pragma once

#include <optional>
#include <span>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"
#include "sandbox/channel_relay.h"
#include "sandbox/copy_files.h"
#include "sandbox/sandbox.h"

namespace eval::sandbox {

// Channels of one group at most: two for each of the programs beside a manager, and as many again.
inline constexpr std::size_t kChannelsMax = 64;

// BadInput, saying why, if the members cannot be joined like this.
Result<void> check_group(std::span<const GroupMember> members, std::span<const Channel> channels,
                         const GroupOptions& options);

// A pipe, both ends closed on exec; neither end is set not to block.
struct Pipe {
  UniqueFd read_end;
  UniqueFd write_end;
};
Result<Pipe> make_pipe();

// What a program gets as its standard streams.
struct ProgramStreams {
  UniqueFd standard_input;
  UniqueFd standard_output;
  UniqueFd standard_error;
};

// The inside of a box before its program starts.
struct WorkFolder {
  int fd = -1;
  Owner owner;
};

struct GroupWiring {
  std::vector<ProgramStreams> streams;  // by member; only those on a channel are open
  std::vector<ChannelRelay> relays;     // by channel
};

// Makes the pipes and FIFOs of `channels`. `folders` by member, with the command's files in them.
// All ends on our side are open before any program runs: no program can put something else in the
// place of a FIFO, and none waits in its open or sees the end of a stream that has not begun.
Result<GroupWiring> wire_group(std::span<const Channel> channels,
                               std::span<const WorkFolder> folders, Bytes kept_bytes);

}  // namespace eval::sandbox
