#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "runners/runner.h"

namespace eval::judges::proof {

// A model that marks proofs, behind any runner. Owned by the caller.
struct ProofGrader {
  std::string name;  // "http:qwen3-8b"; part of its card's name
  runners::Runner* runner = nullptr;
  runners::SamplingParams sampling = {};  // its seed is set per question
};

// Why a grading brought no mark. None of these says anything about the proof.
enum class ReplyFault { None, Refused, Truncated, Unparsable };
std::string_view reply_fault_name(ReplyFault fault);  // "marked", "refused", ...

// One prompt to one grader. `key` and `index` name it for recordings and seeds: the same question
// under the same seed is the same request.
struct Question {
  const ProofGrader* grader = nullptr;
  std::string key;  // "grading/1a2b..."
  int index = 0;
  std::string prompt;
  std::function<bool(std::string_view reply)> is_readable;
};

struct Reply {
  std::string text;
  ReplyFault fault = ReplyFault::None;
  int tries = 1;
  std::chrono::milliseconds time{0};
};

struct AskOptions {
  std::uint64_t seed = 0;
  // Requests per question while the reply is refused, cut off or unreadable. Three: what fails
  // three times under three seeds fails by its nature.
  int tries_max = 3;
  int concurrency = 8;  // questions of one proof in flight at once
};

// Asks all questions and returns their replies in the same order. An Error is of our machinery: no
// reply at all (network, stop); the first one counts.
Result<std::vector<Reply>> ask_all(const std::vector<Question>& questions,
                                   const AskOptions& options, std::stop_token stop);

}  // namespace eval::judges::proof
