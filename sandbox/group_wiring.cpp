#include "sandbox/group_wiring.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <set>
#include <tuple>

#include "sandbox/box_pool.h"

namespace eval::sandbox {
namespace {

using std::chrono::milliseconds;

Failure pipe_error(std::string_view what) {
  return fail(system_error(ErrorCode::Infrastructure, what, errno));
}

Failure bad_end(std::size_t channel, std::string_view what) {
  return fail(ErrorCode::BadInput, fmt::format("channel {} of a group {}", channel, what));
}

Result<void> stop_blocking(const UniqueFd& fd) {
  if (fcntl(fd.value(), F_SETFL, O_NONBLOCK) < 0) return pipe_error("cannot set up a channel");
  return {};
}

Result<UniqueFd> open_fifo(int folder, const std::string& name, int flags) {
  UniqueFd fd(openat(folder, name.c_str(), flags | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC));
  if (!fd.valid()) return pipe_error("cannot open a FIFO of a channel");
  return fd;
}

// Not before the program's first open does poll report that nobody writes, because this end was
// opened when nobody did.
Result<UniqueFd> fifo_source(const WorkFolder& folder, const std::string& name) {
  EVAL_TRY(make_fifo(folder.fd, name, folder.owner));
  return open_fifo(folder.fd, name, O_RDONLY);
}

// An end that writes can only be opened while somebody reads: for that moment we do so ourselves.
Result<ChannelSink> fifo_sink(const WorkFolder& folder, const std::string& name) {
  EVAL_TRY(make_fifo(folder.fd, name, folder.owner));
  const UniqueFd reader = EVAL_TRY(open_fifo(folder.fd, name, O_RDWR));
  return ChannelSink{EVAL_TRY(open_fifo(folder.fd, name, O_WRONLY)), true};
}

Result<UniqueFd> make_source(const ChannelEnd& end, std::span<const WorkFolder> folders,
                             std::vector<ProgramStreams>& streams) {
  if (!end.fifo.empty()) return fifo_source(folders[end.member], end.fifo);
  Pipe pipe = EVAL_TRY(make_pipe());
  EVAL_TRY(stop_blocking(pipe.read_end));
  streams[end.member].standard_output = std::move(pipe.write_end);
  return std::move(pipe.read_end);
}

Result<ChannelSink> make_sink(const ChannelEnd& end, std::span<const WorkFolder> folders,
                              std::vector<ProgramStreams>& streams) {
  if (!end.fifo.empty()) return fifo_sink(folders[end.member], end.fifo);
  Pipe pipe = EVAL_TRY(make_pipe());
  EVAL_TRY(stop_blocking(pipe.write_end));
  streams[end.member].standard_input = std::move(pipe.read_end);
  return ChannelSink{std::move(pipe.write_end), false};
}

Result<void> check_end(const ChannelEnd& end, std::span<const GroupMember> members,
                       std::size_t channel) {
  if (end.member >= members.size()) return bad_end(channel, "ends at a program that is not there");
  if (end.fifo.empty()) return {};
  EVAL_TRY(check_box_name(end.fifo));
  const auto& files = members[end.member].command.files;
  if (std::any_of(files.begin(), files.end(),
                  [&end](const InputFile& file) { return file.name == end.fifo; })) {
    return bad_end(channel, fmt::format("has the name of a file, \"{}\"", end.fifo));
  }
  return {};
}

}  // namespace

Result<Pipe> make_pipe() {
  int ends[2] = {-1, -1};
  if (pipe2(ends, O_CLOEXEC) < 0) return pipe_error("cannot make a pipe for a program");
  return Pipe{UniqueFd(ends[0]), UniqueFd(ends[1])};
}

Result<void> check_group(std::span<const GroupMember> members, std::span<const Channel> channels,
                         const GroupOptions& options) {
  if (members.empty() || members.size() > BoxPool::kProgramsMax) {
    return fail(ErrorCode::BadInput, fmt::format("a group has {} programs, it can have 1 to {}",
                                                 members.size(), BoxPool::kProgramsMax));
  }
  if (channels.size() > kChannelsMax) {
    return fail(ErrorCode::BadInput, fmt::format("a group has {} channels, it can have {}",
                                                 channels.size(), kChannelsMax));
  }
  if (options.deadlock_after <= milliseconds(0)) {
    return fail(ErrorCode::BadInput, "the time after which a group is deadlocked is not positive");
  }
  // A standard stream is one end for each direction; a FIFO has one name for both.
  std::set<std::tuple<std::size_t, std::string, bool>> taken;
  for (std::size_t i = 0; i < channels.size(); ++i) {
    const Channel& channel = channels[i];
    EVAL_TRY(check_end(channel.from, members, i));
    EVAL_TRY(check_end(channel.to, members, i));
    if (channel.from.member == channel.to.member)
      return bad_end(i, "begins and ends at one program");
    const bool output_free =
        taken.emplace(channel.from.member, channel.from.fifo, channel.from.fifo.empty()).second;
    const bool input_free = taken.emplace(channel.to.member, channel.to.fifo, false).second;
    if (!output_free || !input_free) return bad_end(i, "uses a stream that another one has");
  }
  return {};
}

Result<GroupWiring> wire_group(std::span<const Channel> channels,
                               std::span<const WorkFolder> folders, Bytes kept_bytes) {
  GroupWiring wiring;
  wiring.streams.resize(folders.size());
  wiring.relays.reserve(channels.size());
  for (const Channel& channel : channels) {
    UniqueFd source = EVAL_TRY(make_source(channel.from, folders, wiring.streams));
    ChannelSink sink = EVAL_TRY(make_sink(channel.to, folders, wiring.streams));
    wiring.relays.emplace_back(std::move(source), std::move(sink), channel, kept_bytes);
  }
  return wiring;
}

}  // namespace eval::sandbox
