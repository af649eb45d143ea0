#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

// What goes into and comes out of shim.py. Pure.
namespace eval::judges {

struct ShimJob {
  std::string nonce;  // letters and digits
  std::string mode;   // "stdin", "function", "call"
  std::chrono::seconds seconds{6};
  std::string code;
  std::string function_name;
  std::vector<std::string> inputs;
};
std::string shim_input(const ShimJob& job);

// One message of the shim. The submission shares its process and may have written any of them: a
// frame is taken for an output it chose, never for a statement about a verdict.
struct ShimFrame {
  enum class Kind { Ready, Loaded, Output, Value, Error, Done };
  Kind kind = Kind::Ready;
  long long index = -1;  // of the input; -1: none
  std::chrono::microseconds wall_time{0};
  std::chrono::microseconds cpu_time{0};
  std::string_view payload;  // into the stream
};

struct ShimFrames {
  std::vector<ShimFrame> frames;
  // Bytes that are no frame follow. After a kill that is half a frame; else the submission wrote there.
  bool broken = false;
};

// The frames at the start of `stream`, up to the first bytes that are none. Views into `stream`.
ShimFrames parse_shim_frames(std::string_view nonce, std::string_view stream);

}  // namespace eval::judges
