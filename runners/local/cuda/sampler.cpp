#include "runners/local/cuda/sampler.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numbers>

#include "base/check.h"
#include "runners/local/model/philox.h"
#include "runners/local/model/sampling.h"

namespace eval::runners::local::cuda {
namespace {

bool has_penalties(const SampleRule& rule) {
  return !rule.seen.empty() && (rule.repetition_penalty != 1 || rule.presence_penalty != 0 ||
                                rule.frequency_penalty != 0);
}

// The tokens seen, each once, with how often it was generated.
void list_penalties(const SampleRule& rule, SampleRow& row, std::vector<Penalty>& penalties) {
  row.first_penalty = static_cast<std::int32_t>(penalties.size());
  if (!has_penalties(rule)) return;
  std::map<TokenId, std::int32_t> generated;
  for (std::size_t i = 0; i < rule.seen.size(); ++i)
    generated[rule.seen[i]] += i < static_cast<std::size_t>(rule.prompt_tokens) ? 0 : 1;
  for (const auto& [token, times] : generated) penalties.push_back({token, times});
  row.penalty_count = static_cast<std::int32_t>(generated.size());
}

SampleRow row_of(const SampleRule& rule, std::vector<Penalty>& penalties) {
  SampleRow row;
  row.temperature = rule.temperature;
  row.top_p = rule.top_p;
  row.min_p = rule.min_p;
  row.top_k = rule.top_k;
  row.repetition = rule.repetition_penalty;
  row.presence = rule.presence_penalty;
  row.frequency = rule.frequency_penalty;
  row.likeliest = rule.logprobs;
  row.draw = philox_bits(rule.seed, rule.attempt, rule.position);
  list_penalties(rule, row, penalties);
  return row;
}

// The logarithm of the softmax's sum, as the reference takes it from the fixed-point weights.
float log_sum(const SampledRow& row) {
  return row.maximum + static_cast<float>(std::log(static_cast<double>(row.weight)) -
                                          kSampleWeightBits * std::numbers::ln2);
}

}  // namespace

Result<std::unique_ptr<DeviceSampler>> DeviceSampler::create(Device& device,
                                                             const KernelTable& kernels,
                                                             std::int64_t rows,
                                                             std::int64_t vocabulary) {
  std::unique_ptr<DeviceSampler> sampler(new DeviceSampler(device, kernels));
  const auto count = static_cast<std::size_t>(std::max<std::int64_t>(rows, 1));
  EVAL_TRY(sampler->grow(sampler->adjusted_,
                         count * static_cast<std::size_t>(vocabulary) * sizeof(float)));
  EVAL_TRY(sampler->grow(sampler->rules_, count * sizeof(SampleRow)));
  EVAL_TRY(sampler->grow(sampler->sampled_, count * sizeof(SampledRow)));
  return sampler;
}

Result<void> DeviceSampler::grow(DeviceBuffer& buffer, std::size_t bytes) {
  if (bytes <= buffer.size().count) return {};
  EVAL_TRY(device_.finish());
  buffer = DeviceBuffer();
  buffer = EVAL_TRY(DeviceBuffer::create(device_, Bytes{bytes}));
  return {};
}

Result<std::vector<SampledToken>> DeviceSampler::sample(const View& logits,
                                                        std::span<const SampleRule> rules) {
  std::vector<SampleRow> rows;
  std::vector<Penalty> penalties;
  std::int32_t likeliest = 0;
  for (const SampleRule& rule : rules) {
    rows.push_back(row_of(rule, penalties));
    likeliest = std::max(likeliest, std::min(rule.logprobs, logits.cols));
  }
  const auto listed = rows.size() * static_cast<std::size_t>(likeliest);
  EVAL_TRY(grow(adjusted_, rows.size() * static_cast<std::size_t>(logits.cols) * sizeof(float)));
  EVAL_TRY(grow(rules_, rows.size() * sizeof(SampleRow)));
  EVAL_TRY(grow(sampled_, rows.size() * sizeof(SampledRow)));
  EVAL_TRY(grow(penalties_, penalties.size() * sizeof(Penalty)));
  EVAL_TRY(grow(likeliest_, listed * sizeof(TokenLogit)));
  device_.copy_to_device(rules_.data(), rows.data(), rows.size() * sizeof(SampleRow));
  device_.copy_to_device(penalties_.data(), penalties.data(), penalties.size() * sizeof(Penalty));
  SampleArguments arguments;
  arguments.logits = logits;
  arguments.adjusted = adjusted_.as<float>();
  arguments.rules = rules_.as<const SampleRow>();
  arguments.penalties = penalties_.as<const Penalty>();
  arguments.sampled = sampled_.as<SampledRow>();
  arguments.likeliest = likeliest_.as<TokenLogit>();
  arguments.likeliest_stride = likeliest;
  kernels_.sample(device_.queue(), arguments);
  std::vector<SampledRow> drawn(rows.size());
  std::vector<TokenLogit> list(listed);
  device_.copy_to_host(drawn.data(), sampled_.data(), drawn.size() * sizeof(SampledRow));
  device_.copy_to_host(list.data(), likeliest_.data(), list.size() * sizeof(TokenLogit));
  EVAL_TRY(device_.finish());

  std::vector<SampledToken> tokens;
  for (std::size_t r = 0; r < drawn.size(); ++r) {
    const float sum = log_sum(drawn[r]);
    SampledToken token{drawn[r].chosen.token, drawn[r].chosen.logit - sum, {}};
    const TokenLogit* first = list.data() + r * static_cast<std::size_t>(likeliest);
    for (std::int32_t i = 0; i < std::min(rows[r].likeliest, logits.cols); ++i)
      token.likeliest.push_back({first[i].token, first[i].logit - sum});
    tokens.push_back(std::move(token));
  }
  return tokens;
}

}  // namespace eval::runners::local::cuda
