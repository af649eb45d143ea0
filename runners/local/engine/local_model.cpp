#include "runners/local/engine/local_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/random.h"
#include "base/text.h"
#include "runners/local/checkpoint/checkpoint.h"
#include "runners/local/engine/model_hash.h"
#include "runners/local/engine/stop_texts.h"

namespace eval::runners::local {
namespace {

// Digits of the checkpoint's hash in descriptions; the whole one would fill the line.
constexpr std::size_t kHashDigits = 16;

std::string describe_defaults(const GenerationDefaults& defaults) {
  if (defaults.do_sample == false) return "greedy";
  std::vector<std::string> parts = {
      fmt::format("temperature {:g}", defaults.temperature.value_or(1))};
  if (defaults.top_p) parts.push_back(fmt::format("top_p {:g}", *defaults.top_p));
  if (defaults.top_k) parts.push_back(fmt::format("top_k {}", *defaults.top_k));
  if (defaults.min_p) parts.push_back(fmt::format("min_p {:g}", *defaults.min_p));
  if (defaults.repetition_penalty) {
    parts.push_back(fmt::format("repetition_penalty {:g}", *defaults.repetition_penalty));
  }
  return join(parts, ", ");
}

float to_float(std::optional<double> asked, std::optional<double> published, double otherwise) {
  return static_cast<float>(asked ? *asked : published.value_or(otherwise));
}

SampleRule rule_for(const SamplingParams& sampling, const GenerationDefaults& defaults) {
  SampleRule rule;
  const double temperature = defaults.do_sample == false ? 0 : defaults.temperature.value_or(1);
  rule.temperature = to_float(sampling.temperature, temperature, 1);
  rule.top_p = to_float(sampling.top_p, defaults.top_p, 1);
  rule.top_k = sampling.top_k ? *sampling.top_k : defaults.top_k.value_or(0);
  rule.min_p = to_float(sampling.min_p, defaults.min_p, 0);
  rule.repetition_penalty = to_float(sampling.repetition_penalty, defaults.repetition_penalty, 1);
  rule.presence_penalty = to_float(sampling.presence_penalty, {}, 0);
  rule.frequency_penalty = to_float(sampling.frequency_penalty, {}, 0);
  rule.seed = sampling.seed ? *sampling.seed : random_bits();
  return rule;
}

// Turns tokens into text as they come, and says when a stop text ended it. What comes behind a stop id
// or a stop text is no part of the text.
class TextCollector {
 public:
  TextCollector(const Tokenizer& tokenizer, const std::vector<std::string>& stops,
                const std::vector<TokenId>& stop_ids,
                const std::function<void(std::string_view)>& on_text)
      : decoder_(tokenizer), stops_(stops), stop_ids_(stop_ids), on_text_(on_text) {}

  bool take(TokenId token) {
    if (std::ranges::find(stop_ids_, token) != stop_ids_.end()) return true;
    add(stops_.feed(decoder_.feed(token)));
    return !stops_.stopped();
  }

  std::string finish() {
    add(stops_.feed(decoder_.finish()));
    add(stops_.finish());
    return std::move(text_);
  }

 private:
  void add(const std::string& certain) {
    text_ += certain;
    if (on_text_ && !certain.empty()) on_text_(certain);
  }

  StreamDecoder decoder_;
  StopTexts stops_;
  const std::vector<TokenId>& stop_ids_;
  const std::function<void(std::string_view)>& on_text_;
  std::string text_;
};

}  // namespace

Result<std::unique_ptr<LocalModel>> LocalModel::open(const LocalModelOptions& options,
                                                     const LocalModelHooks& hooks) {
  std::unique_ptr<LocalModel> model(new LocalModel());
  EVAL_TRY_IN(model->load(options, hooks), "model " + options.dir.string());
  return model;
}

Result<void> LocalModel::load(const LocalModelOptions& options, const LocalModelHooks& hooks) {
  const Checkpoint checkpoint = EVAL_TRY(Checkpoint::open(options.dir));
  if (hooks.warning) {
    for (const std::string& warning : checkpoint.warnings()) hooks.warning(warning);
  }
  tokenizer_ = EVAL_TRY(Tokenizer::load(options.dir / "tokenizer.json"));
  chat_ = EVAL_TRY(ChatFormat::from_checkpoint(options.dir, *tokenizer_, options.renderer));
  defaults_ = EVAL_TRY(load_generation_defaults(options.dir));
  std::unique_ptr<Backend> backend = EVAL_TRY(make_backend(options.device));
  const Device device = options.device.device;
  MemoryRequest request{
      .budget = options.memory ? *options.memory : default_budget(device, *backend),
      .format = options.device.format,
      .context = options.context,
      .concurrency = options.concurrency,
      .concurrency_max = concurrency_max(device),
      .prefill_budget = prefill_budget(device)};
  plan_ = EVAL_TRY(plan_memory(checkpoint.config(), *backend, request));
  const fs::path folder = fs::absolute(options.dir).lexically_normal();
  name_ = (folder.has_filename() ? folder : folder.parent_path()).filename().string();
  description_ = fmt::format("local {} {} {}; {}; chat {}; {}",
                             architecture_name(checkpoint.config().architecture), name_,
                             EVAL_TRY(model_hash(options.dir)).substr(0, kHashDigits),
                             backend->description(), chat_->name(), describe_defaults(defaults_));
  if (hooks.planned) hooks.planned(plan_);
  if (options.plan_only) return {};
  Model model = EVAL_TRY(load_model(checkpoint, *backend, hooks.loading, hooks.stop));
  if (model.weight_bytes > plan_.weights) {  // a backend pads what it packs
    request.weights = model.weight_bytes;
    plan_ = EVAL_TRY(plan_memory(model.config, *backend, request));
  }
  engine_ =
      EVAL_TRY(Engine::create(std::move(model), std::move(backend), plan_.schedule, plan_.limits));
  return {};
}

CompletionRequest LocalModel::request_for(std::vector<TokenId> prompt,
                                          const SamplingParams& sampling) const {
  CompletionRequest request;
  request.prompt = std::move(prompt);
  request.rule = rule_for(sampling, defaults_);
  request.max_tokens = sampling.max_tokens.value_or(0);
  request.stop_ids = chat_->stop_ids();
  const auto& more = sampling.stop_token_ids;
  request.stop_ids.insert(request.stop_ids.end(), more.begin(), more.end());
  return request;
}

Result<Reply> LocalModel::reply(const Prompt& prompt, const SamplingParams& sampling,
                                std::uint32_t attempt, std::int32_t logprobs,
                                const std::function<void(std::string_view)>& on_text,
                                std::stop_token stop) const {
  if (!engine_) return fail(ErrorCode::Internal, "the model was only planned, not loaded");
  ChatOptions chat_options;
  chat_options.thinking = sampling.thinking.value_or(chat_options.thinking);
  CompletionRequest request = request_for(EVAL_TRY(chat_->encode(prompt, chat_options)), sampling);
  request.rule.attempt = attempt;
  request.rule.logprobs = logprobs;
  const std::vector<TokenId> stop_ids = request.stop_ids;
  TextCollector collector(*tokenizer_, sampling.stop, stop_ids, on_text);
  request.on_token = [&collector](TokenId token) { return collector.take(token); };
  Reply reply;
  reply.completion = EVAL_TRY(engine_->complete(std::move(request), std::move(stop)));
  ReplyParts parts = chat_->split(collector.finish(), chat_options);
  reply.text = std::move(parts.answer);
  reply.reasoning = std::move(parts.reasoning);
  return reply;
}

}  // namespace eval::runners::local
