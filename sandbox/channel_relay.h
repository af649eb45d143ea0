#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>

#include "base/result.h"
#include "base/unique_fd.h"
#include "sandbox/poll_set.h"
#include "sandbox/sandbox.h"

namespace eval::sandbox {

// A pipe or FIFO that leads into a program, seen from here.
struct ChannelSink {
  UniqueFd fd;  // not blocking
  // A FIFO that the program has yet to open: nothing can be written so long, and closing it would
  // make the program wait for ever in its open.
  bool awaits_reader = false;
};

// The supervisor's part of one channel: a bounded buffer between two programs, and the count. Never
// waits by itself: in each round watch(), one wait of the set, move(). A full buffer is not read into,
// so the writer waits in its write. Not thread-safe. SIGPIPE must be blocked or ignored.
class ChannelRelay {
 public:
  ChannelRelay(UniqueFd source, ChannelSink sink, const Channel& channel, Bytes kept_max);

  void watch(PollSet& set);
  // Moves what can be moved now; true if any byte was. `scratch` takes what is dropped.
  bool move(const PollSet& set, Moment now, std::span<char> scratch);
  // When move() must be called at the latest; none: when something happens.
  std::optional<Moment> wake() const;

  // All processes of the program at that end are gone.
  void writer_ended() { writer_ended_ = true; }
  // The writer has closed its end, and the end of the stream is all that is left to pass on. It waits for
  // writer_ended() or for pass_end(): a program closes its streams a while before its end is known, and a reader
  // that ends because of it must end second. False where the channel ends with its writer.
  bool waits_for_end() const { return is_over() && !ends_with_writer_; }
  void pass_end() { sink_.reset(); }
  void reader_ended();
  // Nothing more reaches the reader, not even the end of the stream: it is being killed, and must not
  // end by itself because of others that die before it.
  void hold() { held_ = true; }

  bool over_limit() const { return result_.transferred > bytes_max_; }
  // Neither end is known to be closed.
  bool open() const { return source_.valid() && sink_.valid(); }
  // Everything that was written has been read.
  bool drained() const { return !source_.valid(); }
  // Bytes here, and in the kernel's pipes on both sides.
  bool holds_bytes() const;

  ChannelResult take_result() { return std::move(result_); }

 private:
  std::size_t buffered() const { return end_ - begin_; }
  bool dropping() const { return !sink_.valid() || held_ || over_limit(); }
  bool wants_input() const;
  bool is_over() const;
  bool read_some(std::span<char> scratch);
  bool write_some();
  void try_connect(Moment now);
  void count(std::span<const char> piece);

  UniqueFd source_;
  UniqueFd sink_;
  bool awaits_reader_;
  const Bytes bytes_max_;
  const bool ends_with_writer_;
  const Bytes kept_max_;
  std::unique_ptr<char[]> buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  bool writer_ended_ = false;
  bool held_ = false;
  const Moment made_ = std::chrono::steady_clock::now();
  Moment next_try_ = made_;
  ChannelResult result_;
  std::size_t source_place_ = PollSet::kNowhere;
  std::size_t sink_place_ = PollSet::kNowhere;
};

}  // namespace eval::sandbox
