#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "sandbox/execution.h"

// Programs that run at the same time, joined by channels: an interactive submission and its
// interactor, a manager and the processes it talks to.
namespace eval::sandbox {

// A program that runs at the same time as others, in a box of its own with limits and a clock of its
// own.
struct GroupMember {
  Command command;  // standard_input is used only where no channel leads to the standard input
  Limits limits;
  // If this program ends in any other way than with this exit code, the others are killed at once
  // (an interactor that has rejected). nullopt: however it ends, the others go on.
  std::optional<int> others_go_on_after = {};
};

// Where a channel enters or leaves a program.
struct ChannelEnd {
  std::size_t member = 0;  // index into the group
  // A FIFO of this name in the member's work folder, made before it starts. Empty: the standard
  // output (where the channel begins), or the standard input (where it ends). A FIFO closed by all
  // that had it open is closed for good.
  std::string fifo = {};
};

// Bytes flow one way, in order, through this process, which counts them; a writer waits when 64 KiB
// are on their way here, besides what the kernel's pipes hold. The end that reads sees the end of the
// stream when the other has ended, or has closed it and is seen to go on (it wants no core for 20 ms, or
// uses 100 ms of CPU time), and all bytes are through: who ends because of it ends second. What is written to a
// program that has ended or closed its end is counted and dropped, so nobody is hurt by a closed pipe
// but by its own reading of the protocol: a submission that writes to an interactor which has ended
// gets no SIGPIPE.
struct Channel {
  ChannelEnd from;
  ChannelEnd to;
  Bytes bytes_max = Bytes::mib(64);  // one byte more is OutputLimit of the program that wrote it
  // The end that reads sees the end of the stream when the writing program has ended, and not before,
  // though that program may have closed its own end long ago.
  bool ends_with_writer = false;
};

struct ChannelResult {
  Bytes transferred;      // read from the writer
  std::string beginning;  // its first bytes, for the report: at most GroupOptions::kept_bytes
};

struct GroupOptions {
  Bytes kept_bytes = Bytes::kib(16);
  // A deadlock is this long a time in which no byte moved and the programs together used less CPU
  // than 1/400 of it, after which no byte lies in any channel, at least two programs live, and every
  // living one has an open channel to or from another and no thread that could use a core. All the
  // living are then killed with status Deadlock. Who sleeps alone runs into its wall time instead, and
  // so do programs that leave bytes unread.
  std::chrono::milliseconds deadlock_after{2'000};
};

struct GroupResult {
  std::vector<ExecutionResult> runs;   // by member; standard_output is empty where a channel has it
  std::vector<std::size_t> end_order;  // members in the order they ended; empty if none had started
  std::vector<ChannelResult> channels;  // by channel
};

}  // namespace eval::sandbox
