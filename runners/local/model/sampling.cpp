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

int bin_of(float x) {  // x <= 0
  return x > -static_cast<float>(kBins - 1) / kBinsPerUnit ? static_cast<int>(-x * kBinsPerUnit)
                                                           : kBins - 1;
}

// Leaves of `ids`, ascending, the shortest prefix of the order (x descending, id ascending) whose measure
// reaches `target`; all if none does. Only the bin at the edge is sorted.
template <class Measure>
void cut(std::span<const float> xs, std::uint64_t target, Measure measure, SampleScratch& scratch) {
  std::vector<TokenId>& ids = scratch.kept;
  std::vector<std::uint64_t>& histogram = scratch.histogram;
  histogram.assign(kBins, 0);
  const auto x_of = [&](TokenId id) { return xs[static_cast<std::size_t>(id)]; };
  for (const TokenId id : ids) histogram[static_cast<std::size_t>(bin_of(x_of(id)))] += measure(id);
  std::uint64_t sum = 0;
  std::size_t bin = 0;
  while (bin < kBins && sum + histogram[bin] < target) sum += histogram[bin++];
  if (bin == kBins) return;
  std::vector<TokenId>& edge = scratch.edge;
  edge.clear();
  for (const TokenId id : ids)
    if (static_cast<std::size_t>(bin_of(x_of(id))) == bin) edge.push_back(id);
  std::stable_sort(edge.begin(), edge.end(),
                   [&](TokenId a, TokenId b) { return x_of(a) > x_of(b); });
  const auto last =
      std::ranges::find_if(edge, [&](TokenId id) { return (sum += measure(id)) >= target; });
  if (last == edge.end()) return;
  const float x = x_of(*last);
  std::erase_if(ids, [&](TokenId id) { return x_of(id) < x || (x_of(id) == x && id > *last); });
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

// Cephes' expf: x = n ln 2 + r, a polynomial in r, 2^n by the exponent bits. No fused multiply-add (this
// file is compiled without contraction), so that every processor finds the same bits.
[[gnu::always_inline]] inline float exp_of(float x) {
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

// Fills `exponentials` with exp(x - max) of at most kBlock values; returns their weight. A weight is
// added as two halves of 20 bits, which 32-bit lanes can sum: this is weight_of() in another form.
[[gnu::always_inline]] inline std::uint64_t weigh_values(const float* xs, std::size_t count,
                                                         float max, float* exponentials) {
  constexpr float kHalf = 1048576.0F;  // 2^20
  std::int32_t high = 0, low = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const float e = exp_of(xs[i] - max);
    exponentials[i] = e;
    const auto upper = static_cast<std::int32_t>(e * kHalf);
    high += upper;
    low += static_cast<std::int32_t>((e * kHalf - static_cast<float>(upper)) * kHalf);
  }
  return (static_cast<std::uint64_t>(high) << 20) + static_cast<std::uint64_t>(low);
}

// The same loop for wider vectors: of a step with 32 rows of 152,000 logits it was a tenth.
using WeighBlock = std::uint64_t (*)(const float*, std::size_t, float, float*);
std::uint64_t weigh_sse2(const float* xs, std::size_t count, float max, float* exponentials) {
  return weigh_values(xs, count, max, exponentials);
}
[[gnu::target("avx2")]] std::uint64_t weigh_avx2(const float* xs, std::size_t count, float max,
                                                 float* exponentials) {
  return weigh_values(xs, count, max, exponentials);
}
[[gnu::target("avx512f,avx512bw,avx512dq,avx512vl")]] std::uint64_t weigh_avx512(
    const float* xs, std::size_t count, float max, float* exponentials) {
  return weigh_values(xs, count, max, exponentials);
}

WeighBlock weigh_block() {
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"))
    return weigh_avx512;
  return __builtin_cpu_supports("avx2") ? weigh_avx2 : weigh_sse2;
}

// Fills `exponentials` with exp(x - max) and `block_weights` with the weights of each block; returns the
// weight of all.
std::uint64_t weigh(std::span<const float> xs, float max, SampleScratch& scratch) {
  scratch.exponentials.resize(xs.size());
  scratch.block_weights.clear();
  const WeighBlock weigh_one = weigh_block();
  std::uint64_t total = 0;
  for (std::size_t first = 0; first < xs.size(); first += kBlock) {
    const std::size_t count = std::min(kBlock, xs.size() - first);
    scratch.block_weights.push_back(
        weigh_one(xs.data() + first, count, max, scratch.exponentials.data() + first));
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

constexpr std::size_t kGathered = 64;

// The ids of all values >= lowest, ascending: a prefix of the order.
void gather(std::span<const float> xs, float lowest, std::vector<TokenId>& ids) {
  ids.clear();
  for (std::size_t first = 0; first < xs.size(); first += kGathered) {
    const std::size_t count = std::min(kGathered, xs.size() - first);
    if (largest(xs.subspan(first, count)) < lowest) continue;
    for (std::size_t i = first; i < first + count; ++i)
      if (xs[i] >= lowest) ids.push_back(static_cast<TokenId>(i));
  }
}

// Leaves the ids that top-k, top-p and min-p leave, in that order, in scratch.kept.
void apply_cuts(const SampleRule& rule, std::span<const float> xs, std::uint64_t total,
                SampleScratch& scratch) {
  const auto exponential = [&](TokenId id) {
    return scratch.exponentials[static_cast<std::size_t>(id)];
  };
  const auto weight = [&](TokenId id) { return weight_of(exponential(id)); };
  const auto weight_kept = [&] {
    std::uint64_t sum = 0;
    for (const TokenId id : scratch.kept) sum += weight(id);
    return sum;
  };
  const auto mass_wanted = [&](std::uint64_t of) {
    const double mass =
        std::ceil(static_cast<double>(std::max(rule.top_p, 0.0F)) * static_cast<double>(of));
    return std::max<std::uint64_t>(1, static_cast<std::uint64_t>(mass));
  };
  const auto top_k = static_cast<std::size_t>(std::max(rule.top_k, 0));
  const bool has_top_k = top_k > 0 && top_k < xs.size();
  // What cuts leave is a prefix of the order, and nearly always one of a few hundred tokens: so a short
  // prefix is tried first, which holds theirs if its measure reaches the first cut's.
  for (const float lowest : {-8.0F, -16.0F, -std::numeric_limits<float>::infinity()}) {
    gather(xs, lowest, scratch.kept);
    const bool enough = has_top_k        ? scratch.kept.size() >= top_k
                        : rule.top_p < 1 ? weight_kept() >= mass_wanted(total)
                                         : rule.min_p >= sample_exp(lowest);
    if (enough) break;
  }
  if (has_top_k) {
    cut(
        xs, top_k, [](TokenId) { return std::uint64_t{1}; }, scratch);
    total = weight_kept();
  }
  if (rule.top_p < 1) cut(xs, mass_wanted(total), weight, scratch);
  if (rule.min_p > 0)
    std::erase_if(scratch.kept, [&](TokenId id) { return exponential(id) < rule.min_p; });
}

// One token of the adjusted logits, which become (x - max x) / temperature.
TokenId draw(const SampleRule& rule, SampleScratch& scratch) {
  const std::span<float> xs = scratch.adjusted;
  const float max = largest(xs);
  // max first: x / temperature alone may overflow.
  for (float& x : xs) x = (x - max) / rule.temperature;
  const std::uint64_t all = weigh(xs, 0, scratch);
  const std::uint64_t bits = philox_bits(rule.seed, rule.attempt, rule.position);
  if (!has_cuts(rule)) return pick(scratch, multiply_high(bits, all));
  apply_cuts(rule, xs, all, scratch);
  const auto weight = [&](TokenId id) {
    return weight_of(scratch.exponentials[static_cast<std::size_t>(id)]);
  };
  std::uint64_t total = 0;
  for (const TokenId id : scratch.kept) total += weight(id);
  const std::uint64_t point = multiply_high(bits, total);
  std::uint64_t sum = 0;
  for (const TokenId id : scratch.kept) {
    sum += weight(id);
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

float sample_exp(float x) {
  return exp_of(x);
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
