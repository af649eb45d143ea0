#include "judges/lcb/shim_protocol.h"

#include <fmt/format.h>

#include <array>
#include <optional>
#include <utility>

#include "base/text.h"

namespace eval::judges {
namespace {

using Kind = ShimFrame::Kind;

constexpr std::array<std::pair<std::string_view, Kind>, 6> kKinds = {{{"ready", Kind::Ready},
                                                                      {"loaded", Kind::Loaded},
                                                                      {"output", Kind::Output},
                                                                      {"value", Kind::Value},
                                                                      {"error", Kind::Error},
                                                                      {"done", Kind::Done}}};
// A heading is a nonce, a word and four numbers.
constexpr std::size_t kHeadingMax = 256;
// Longer than any run; keeps a forged time from overflowing.
constexpr long long kMicrosecondsMax = 100'000'000'000;

std::optional<Kind> kind_of(std::string_view name) {
  for (const auto& [word, kind] : kKinds) {
    if (word == name) return kind;
  }
  return std::nullopt;
}

// The frame whose heading is `heading`, without payload, and the payload's size.
std::optional<std::pair<ShimFrame, std::size_t>> parse_heading(std::string_view nonce,
                                                               std::string_view heading) {
  const std::vector<std::string> words = split(heading, ' ');
  if (words.size() != 6 || words[0] != nonce) return std::nullopt;
  const auto kind = kind_of(words[1]);
  const auto index = parse_integer(words[2]);
  const auto wall = parse_integer(words[3]);
  const auto cpu = parse_integer(words[4]);
  const auto size = parse_integer(words[5]);
  if (!kind || !index || !wall || !cpu || !size || *size < 0) return std::nullopt;
  const auto held = [](long long us) {
    return std::chrono::microseconds(us < 0 || us > kMicrosecondsMax ? 0 : us);
  };
  return std::pair(ShimFrame{*kind, *index, held(*wall), held(*cpu), {}},
                   static_cast<std::size_t>(*size));
}

}  // namespace

std::string shim_input(const ShimJob& job) {
  std::string text = fmt::format("{} {} {} {} {} {}\n", job.nonce, job.mode, job.seconds.count(),
                                 job.code.size(), job.function_name.size(), job.inputs.size());
  for (const std::string& input : job.inputs) text += fmt::format("{} ", input.size());
  text += '\n';
  text += job.code + job.function_name;
  for (const std::string& input : job.inputs) text += input;
  return text;
}

ShimFrames parse_shim_frames(std::string_view nonce, std::string_view stream) {
  ShimFrames result;
  while (!stream.empty()) {
    const std::size_t end = stream.substr(0, kHeadingMax).find('\n');
    const auto frame =
        end == stream.npos ? std::nullopt : parse_heading(nonce, stream.substr(0, end));
    if (!frame || frame->second > stream.size() - end - 1) {
      result.broken = true;
      return result;
    }
    result.frames.push_back(frame->first);
    result.frames.back().payload = stream.substr(end + 1, frame->second);
    stream.remove_prefix(end + 1 + frame->second);
  }
  return result;
}

}  // namespace eval::judges
