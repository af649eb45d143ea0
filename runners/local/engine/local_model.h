#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/files.h"
#include "base/result.h"
#include "runners/local/checkpoint/load_model.h"
#include "runners/local/engine/device.h"
#include "runners/local/engine/engine.h"
#include "runners/local/engine/memory_plan.h"
#include "runners/local/text/chat_format.h"
#include "runners/local/text/generation_config.h"
#include "runners/local/text/tokenizer.h"
#include "runners/runner.h"

// A checkpoint folder, loaded and ready to talk.
namespace eval::runners::local {

struct LocalModelOptions {
  fs::path dir;
  DeviceOptions device;
  std::optional<Bytes> memory;  // absent: default_budget()
  std::optional<std::int64_t> context;
  std::optional<std::int32_t> concurrency;
  bool plan_only = false;  // everything but the weights: it can be described and cannot talk
  TemplateRenderer renderer = {};  // for chat templates that are not known natively
};

struct LocalModelHooks {
  std::function<void(const MemoryPlan&)> planned = {};  // before a byte of the weights is read
  std::function<void(LoadProgress)> loading = {};
  std::function<void(std::string_view)> warning = {};
  std::stop_token stop = {};  // ends loading between two tensors
};

// A reply, and how it came about.
struct Reply {
  std::string text;                      // the answer
  std::optional<std::string> reasoning;  // before it
  Completion completion;
};

class LocalModel {
 public:
  // Infrastructure with what would fit, if memory is short; BadInput or Unsupported with file and field
  // for a checkpoint that is broken or of an unknown kind.
  static Result<std::unique_ptr<LocalModel>> open(const LocalModelOptions& options,
                                                  const LocalModelHooks& hooks = {});

  // The reply to a conversation. Absent parameters are those that the checkpoint publishes, else
  // temperature 1 without cuts; temperature 0 is greedy. An absent seed is drawn. `on_text` is called
  // with the raw text (reasoning and its tags included) as it becomes certain, on the engine's
  // thread. Errors as Engine::complete() and ChatFormat::encode(). Thread-safe.
  Result<Reply> reply(const Prompt& prompt, const SamplingParams& sampling, std::uint32_t attempt,
                      std::int32_t logprobs, const std::function<void(std::string_view)>& on_text,
                      std::stop_token stop) const;

  std::string name() const { return name_; }  // of the folder
  // Everything that decides tokens: hash of the checkpoint, backend, chat format, and what it samples
  // with by default.
  const std::string& description() const { return description_; }
  const MemoryPlan& plan() const { return plan_; }
  const Tokenizer& tokenizer() const { return *tokenizer_; }
  const GenerationDefaults& defaults() const { return defaults_; }
  Engine* engine() const { return engine_.get(); }  // null with plan_only

 private:
  LocalModel() = default;
  Result<void> load(const LocalModelOptions& options, const LocalModelHooks& hooks);
  CompletionRequest request_for(std::vector<TokenId> prompt, const SamplingParams& sampling) const;

  std::string name_;
  std::string description_;
  MemoryPlan plan_;
  std::optional<Tokenizer> tokenizer_;
  std::optional<ChatFormat> chat_;
  GenerationDefaults defaults_;
  std::unique_ptr<Engine> engine_;
};

}  // namespace eval::runners::local
