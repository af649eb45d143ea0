#include "runners/local/model/sampling.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>
#include <numbers>
#include <unordered_map>

#include "base/check.h"
#include "runners/local/model/philox.h"

namespace eval::runners::local {
namespace {

constexpr float kExpMin = -87.0F;                 // exp(-87) is still a normal number in F32
constexpr float kWeightScale = 1099511627776.0F;  // 2^kSampleWeightBits
constexpr int kBinsPerUnit = 64;                  // of the histogram over max - x
constexpr int kBins = 2048;  // 32 units: beyond 2^-40; the last bin holds the rest

std::uint64_t weight_of(float exponential) {
  return static_cast<std::uint64_t>(exponential * kWeightScale);
}

// floor(a * b / 2^64).
std::uint64_t multiply_high(std::uint64_t a, std::uint64_t b) {
  __extension__ using Wide = unsigned __int128;
  return static_cast<std::uint64_t>((static_cast<Wide>(a) * b) >> 64);
}

// A prefix of the order (x descending, id ascending): everything up to and including (x, last).
struct Prefix {
  float x = -std::numeric_limits<float>::infinity();
  TokenId last = std::numeric_limits<TokenId>::max();
  bool holds(float value, TokenId id) const { return value > x || (value == x && id <= last); }
};

int bin_of(float x) {  // x <= 0
  return x > -static_cast<float>(kBins - 1) / kBinsPerUnit ? static_cast<int>(-x * kBinsPerUnit)
                                                           : kBins - 1;
}

// The shortest prefix within `outer` whose measure reaches `target`; `outer` if none does. Only the bin
// at the edge is sorted.
template <class Measure>
Prefix shortest_prefix(std::span<const float> xs, Prefix outer, std::uint64_t target,
                       Measure measure, SampleScratch& scratch) {
  std::vector<std::uint64_t>& histogram = scratch.histogram;
  histogram.assign(kBins, 0);
  const auto count = static_cast<TokenId>(xs.size());
  const auto x_of = [&](TokenId id) { return xs[static_cast<std::size_t>(id)]; };
  for (TokenId id = 0; id < count; ++id)
    if (outer.holds(x_of(id), id))
      histogram[static_cast<std::size_t>(bin_of(x_of(id)))] += measure(id);
  std::uint64_t sum = 0;
  std::size_t bin = 0;
  while (bin < kBins && sum + histogram[bin] < target) sum += histogram[bin++];
  if (bin == kBins) return outer;
  std::vector<TokenId>& edge = scratch.edge;
  edge.clear();
  for (TokenId id = 0; id < count; ++id)
    if (static_cast<std::size_t>(bin_of(x_of(id))) == bin && outer.holds(x_of(id), id))
      edge.push_back(id);
  std::stable_sort(edge.begin(), edge.end(),
                   [&](TokenId a, TokenId b) { return x_of(a) > x_of(b); });
  for (const TokenId id : edge) {
    sum += measure(id);
    if (sum >= target) return {x_of(id), id};
  }
  return outer;
}

TokenId arg_max(std::span<const float> values) {  // the lowest id on ties
  return static_cast<TokenId>(std::max_element(values.begin(), values.end()) - values.begin());
}

// The largest value, by sixteen chains: one alone would wait for each comparison in turn.
float largest(std::span<const float> values) {
  constexpr std::size_t kChains = 16;
  std::array<float, kChains> best;
  best.fill(-std::numeric_limits<float>::infinity());
  std::size_t i = 0;
  for (; i + kChains <= values.size(); i += kChains)
    for (std::size_t j = 0; j < kChains; ++j)
      best[j] = values[i + j] > best[j] ? values[i + j] : best[j];
  for (; i < values.size(); ++i) best[0] = std::max(best[0], values[i]);
  return *std::max_element(best.begin(), best.end());
}

constexpr std::size_t kBlock = 1024;  // values whose weights are summed together

// Fills `exponentials` with exp(x - max) and `block_weights` with the weights of each block; returns the
// weight of all. A weight is added as two halves of 20 bits, which 32-bit lanes can sum: this is
// weight_of() in another form.
std::uint64_t weigh(std::span<const float> xs, float max, SampleScratch& scratch) {
  scratch.exponentials.resize(xs.size());
  scratch.block_weights.clear();
  float* exponentials = scratch.exponentials.data();
  constexpr float kHalf = 1048576.0F;  // 2^20
  std::uint64_t total = 0;
  for (std::size_t first = 0; first < xs.size(); first += kBlock) {
    const std::size_t last = std::min(first + kBlock, xs.size());
    std::int32_t high = 0, low = 0;
    for (std::size_t i = first; i < last; ++i) {
      const float e = sample_exp(xs[i] - max);
      exponentials[i] = e;
      const auto upper = static_cast<std::int32_t>(e * kHalf);
      high += upper;
      low += static_cast<std::int32_t>((e * kHalf - static_cast<float>(upper)) * kHalf);
    }
    scratch.block_weights.push_back((static_cast<std::uint64_t>(high) << 20) +
                                    static_cast<std::uint64_t>(low));
    total += scratch.block_weights.back();
  }
  return total;
}

float log_of_weight(std::uint64_t total) {
  return static_cast<float>(std::log(static_cast<double>(total)) -
                            kSampleWeightBits * std::numbers::ln2);
}

bool has_penalties(const SampleRule& rule) {
  return !rule.seen.empty() && (rule.repetition_penalty != 1 || rule.presence_penalty != 0 ||
                                rule.frequency_penalty != 0);
}

bool has_cuts(const SampleRule& rule) {
  return rule.top_k > 0 || rule.top_p < 1 || rule.min_p > 0;
}

// The first token whose running sum of weights exceeds point < total weight.
TokenId pick(const SampleScratch& scratch, std::uint64_t point) {
  std::uint64_t sum = 0;
  std::size_t block = 0;
  while (sum + scratch.block_weights[block] <= point) sum += scratch.block_weights[block++];
  for (std::size_t i = block * kBlock;; ++i) {
    sum += weight_of(scratch.exponentials[i]);
    if (sum > point) return static_cast<TokenId>(i);
  }
}

// One token of the adjusted logits, which become (x - max x) / temperature.
TokenId draw(const SampleRule& rule, SampleScratch& scratch) {
  const std::span<float> xs = scratch.adjusted;
  const float max = largest(xs);
  // max first: x / temperature alone may overflow.
  for (float& x : xs) x = (x - max) / rule.temperature;
  std::uint64_t total = weigh(xs, 0, scratch);
  const std::uint64_t bits = philox_bits(rule.seed, rule.attempt, rule.position);
  if (!has_cuts(rule)) return pick(scratch, multiply_high(bits, total));
  const std::vector<float>& exponentials = scratch.exponentials;
  const auto weight = [&](TokenId id) {
    return weight_of(exponentials[static_cast<std::size_t>(id)]);
  };
  const auto count = static_cast<TokenId>(xs.size());
  Prefix kept;
  const auto total_kept = [&] {
    std::uint64_t sum = 0;
    for (TokenId id = 0; id < count; ++id)
      if (kept.holds(xs[static_cast<std::size_t>(id)], id)) sum += weight(id);
    return sum;
  };
  if (rule.top_k > 0 && rule.top_k < count) {
    kept = shortest_prefix(
        xs, kept, static_cast<std::uint64_t>(rule.top_k), [](TokenId) { return std::uint64_t{1}; },
        scratch);
    total = total_kept();
  }
  if (rule.top_p < 1) {
    const double mass =
        std::ceil(static_cast<double>(std::max(rule.top_p, 0.0F)) * static_cast<double>(total));
    const auto target = std::max<std::uint64_t>(1, static_cast<std::uint64_t>(mass));
    kept = shortest_prefix(xs, kept, target, weight, scratch);
    total = total_kept();
  }
  const auto survives = [&](TokenId id) {
    const auto i = static_cast<std::size_t>(id);
    return exponentials[i] >= rule.min_p && kept.holds(xs[i], id);
  };
  if (rule.min_p > 0) {
    total = 0;
    for (TokenId id = 0; id < count; ++id)
      if (survives(id)) total += weight(id);
  }
  const std::uint64_t point = multiply_high(bits, total);
  std::uint64_t sum = 0;
  for (TokenId id = 0; id < count; ++id) {
    if (survives(id)) sum += weight(id);
    if (sum > point) return id;
  }
  return arg_max(xs);  // only if min_p > 1 left nothing
}

void add_likeliest(std::span<const float> logits, std::int32_t count, float log_sum,
                   std::vector<TokenId>& order, std::vector<TokenLogprob>& likeliest) {
  const std::size_t kept = std::min(static_cast<std::size_t>(count), logits.size());
  order.resize(logits.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = static_cast<TokenId>(i);
  const auto logit = [&](TokenId id) { return logits[static_cast<std::size_t>(id)]; };
  std::partial_sort(
      order.begin(), order.begin() + static_cast<std::ptrdiff_t>(kept), order.end(),
      [&](TokenId a, TokenId b) { return logit(a) != logit(b) ? logit(a) > logit(b) : a < b; });
  for (std::size_t i = 0; i < kept; ++i) likeliest.push_back({order[i], logit(order[i]) - log_sum});
}

}  // namespace

// Cephes' expf: x = n ln 2 + r, a polynomial in r, 2^n by the exponent bits. No fused multiply-add (this
// file is compiled without contraction), so that every processor finds the same bits.
float sample_exp(float x) {
  constexpr float kRound = 12582912.0F;  // 1.5 * 2^23: adding it rounds to an integer
  const float clamped = x > kExpMin ? x : kExpMin;
  const float shifted = clamped * 1.44269504F + kRound;
  const float n = shifted - kRound;
  const float r = (clamped - n * 0.693359375F) + n * 2.12194440e-4F;
  float p = 1.9875691500e-4F;
  p = p * r + 1.3981999507e-3F;
  p = p * r + 8.3334519073e-3F;
  p = p * r + 4.1665795894e-2F;
  p = p * r + 1.6666665459e-1F;
  p = p * r + 5.0000001201e-1F;
  p = p * (r * r) + (r + 1.0F);
  // The low bits of `shifted` are n + 2^22 * 3; what is above them leaves by the shift.
  const std::uint32_t exponent = (std::bit_cast<std::uint32_t>(shifted) + 127U) << 23;
  const float value = p * std::bit_cast<float>(exponent);
  return x > kExpMin ? value : 0.0F;
}

void apply_penalties(const SampleRule& rule, std::span<float> logits) {
  std::unordered_map<TokenId, int> generated;  // token -> times generated; 0: only in the prompt
  for (std::size_t i = 0; i < rule.seen.size(); ++i) {
    const bool in_prompt = i < static_cast<std::size_t>(rule.prompt_tokens);
    generated[rule.seen[i]] += in_prompt ? 0 : 1;
  }
  for (const auto& [token, times] : generated) {
    EVAL_CHECK(token >= 0 && static_cast<std::size_t>(token) < logits.size());
    float& logit = logits[static_cast<std::size_t>(token)];
    logit = logit > 0 ? logit / rule.repetition_penalty : logit * rule.repetition_penalty;
    if (times == 0) continue;
    logit -= rule.presence_penalty + rule.frequency_penalty * static_cast<float>(times);
  }
}

SampledToken sample_token(std::span<const float> logits, const SampleRule& rule,
                          SampleScratch& scratch) {
  EVAL_CHECK(!logits.empty());
  SampledToken sampled;
  const float max = largest(logits);
  const std::uint64_t total = weigh(logits, max, scratch);
  const float log_sum = max + log_of_weight(total);
  if (rule.temperature == 1 && !has_penalties(rule) && !has_cuts(rule)) {
    // The commonest rule needs nothing but the weights that are there already.
    const std::uint64_t bits = philox_bits(rule.seed, rule.attempt, rule.position);
    sampled.token = pick(scratch, multiply_high(bits, total));
  } else {
    scratch.adjusted.assign(logits.begin(), logits.end());
    if (has_penalties(rule)) apply_penalties(rule, scratch.adjusted);
    sampled.token = rule.temperature > 0 ? draw(rule, scratch) : arg_max(scratch.adjusted);
  }
  sampled.logprob = logits[static_cast<std::size_t>(sampled.token)] - log_sum;
  if (rule.logprobs > 0)
    add_likeliest(logits, rule.logprobs, log_sum, scratch.edge, sampled.likeliest);
  return sampled;
}

}  // namespace eval::runners::local
