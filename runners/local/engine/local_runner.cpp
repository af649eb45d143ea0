#include "runners/local/engine/local_runner.h"

#include <chrono>
#include <utility>

namespace eval::runners::local {
namespace {

using std::chrono::duration_cast;
using std::chrono::milliseconds;

class LocalRunner final : public Runner {
 public:
  explicit LocalRunner(std::unique_ptr<LocalModel> model) : model_(std::move(model)) {}

  Result<Generation> generate(const GenerationRequest& request, std::stop_token stop) override {
    Reply reply = EVAL_TRY(model_->reply(request.prompt, request.sampling,
                                         static_cast<std::uint32_t>(request.attempt), 0, {},
                                         std::move(stop)));
    const Completion& completion = reply.completion;
    Generation generation;
    generation.text = std::move(reply.text);
    generation.reasoning = std::move(reply.reasoning);
    generation.finish_reason = completion.finish_reason;
    generation.prompt_tokens = completion.prompt_tokens;
    generation.completion_tokens = static_cast<std::int64_t>(completion.tokens.size());
    generation.queue_time = duration_cast<milliseconds>(completion.queue_time);
    generation.first_token_time = duration_cast<milliseconds>(completion.first_token_time);
    generation.total_time = duration_cast<milliseconds>(completion.total_time);
    generation.model = model_->name();
    generation.fingerprint = model_->description();
    generation.token_hash = token_hash(completion.tokens);
    if (request.sampling.logprobs)
      generation.logprobs = {.ids = completion.tokens, .texts = {}, .values = completion.logprobs};
    return generation;
  }

  std::optional<int> attempts_available(std::string_view) const override { return std::nullopt; }
  std::string description() const override { return model_->description(); }
  int preferred_concurrency() const override { return model_->plan().schedule.running_max; }

 private:
  std::unique_ptr<LocalModel> model_;
};

}  // namespace

std::unique_ptr<Runner> make_local_runner(std::unique_ptr<LocalModel> model) {
  return std::make_unique<LocalRunner>(std::move(model));
}

}  // namespace eval::runners::local
