#include "judges/proof/ask.h"

#include <algorithm>
#include <atomic>
#include <limits>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "base/random.h"

namespace eval::judges::proof {
namespace {

// Servers with signed seeds refuse the top bit.
constexpr std::uint64_t kPositive = std::numeric_limits<std::int64_t>::max();

ReplyFault fault_of(const runners::Generation& generation, const Question& question) {
  switch (generation.finish_reason) {
    case runners::FinishReason::Refused:
      return ReplyFault::Refused;
    case runners::FinishReason::Length:
    case runners::FinishReason::Cancelled:
      return ReplyFault::Truncated;
    case runners::FinishReason::Stop:
      break;
  }
  return question.is_readable(generation.text) ? ReplyFault::None : ReplyFault::Unparsable;
}

runners::GenerationRequest request_for(const Question& question, const AskOptions& options,
                                       int try_number) {
  runners::GenerationRequest request;
  request.problem_id = question.key;
  request.attempt = question.index;
  request.turn = try_number;
  request.prompt.messages.push_back({runners::Role::User, question.prompt});
  request.sampling = question.grader->sampling;
  const auto counter =
      static_cast<std::uint64_t>(question.index) * 64 + static_cast<std::uint64_t>(try_number);
  request.sampling.seed =
      derive_seed(options.seed, question.grader->name + "\n" + question.key, counter) & kPositive;
  return request;
}

Result<Reply> ask(const Question& question, const AskOptions& options, std::stop_token stop) {
  Reply reply;
  for (int number = 0; number < options.tries_max; ++number) {
    auto generation =
        question.grader->runner->generate(request_for(question, options, number), stop);
    if (!generation) {
      // A recording holds one reply to a question; the first one stands.
      const bool is_recording = number > 0 && generation.error().code == ErrorCode::NotFound;
      if (is_recording) break;
      return fail(std::move(generation).error().in("grader " + question.grader->name));
    }
    reply.tries = number + 1;
    reply.time += generation->total_time;
    reply.fault = fault_of(*generation, question);
    reply.text = std::move(generation->text);
    if (reply.fault == ReplyFault::None) break;
    if (stop.stop_requested()) return fail(ErrorCode::Cancelled, "the grading was stopped");
  }
  return reply;
}

}  // namespace

std::string_view reply_fault_name(ReplyFault fault) {
  switch (fault) {
    case ReplyFault::None:
      return "marked";
    case ReplyFault::Refused:
      return "refused";
    case ReplyFault::Truncated:
      return "truncated";
    case ReplyFault::Unparsable:
      return "unparsable";
  }
  return "";
}

Result<std::vector<Reply>> ask_all(const std::vector<Question>& questions,
                                   const AskOptions& options, std::stop_token stop) {
  std::vector<Reply> replies(questions.size());
  std::atomic<std::size_t> next{0};
  std::mutex mutex;
  std::optional<Error> error;  // guarded by mutex
  const auto work = [&] {
    for (std::size_t i = next.fetch_add(1); i < questions.size(); i = next.fetch_add(1)) {
      auto reply = ask(questions[i], options, stop);
      if (reply) {
        replies[i] = *std::move(reply);
        continue;
      }
      next = questions.size();
      const std::lock_guard lock(mutex);
      if (!error) error = std::move(reply).error();
    }
  };
  const auto helpers =
      std::min<std::size_t>(questions.size(), static_cast<std::size_t>(options.concurrency));
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 1; i < helpers; ++i) threads.emplace_back(work);
    work();
  }
  if (error) return fail(*std::move(error));
  return replies;
}

}  // namespace eval::judges::proof
