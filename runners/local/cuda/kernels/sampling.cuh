#pragma once

#include "runners/local/cuda/kernels/platform.cuh"

// One token of each row of logits, exactly as model/sampling.h defines it and without a sort: weights are
// fixed-point integers, whose sums do not depend on their order, and the nucleus is found by a radix search
// over the bits of -x (four passes of 256 bins). One block a row.
EVAL_KERNELS_BEGIN

inline constexpr int kSampleThreadsMax = 1024;
using Weight = unsigned long long;

// model/sampling.cpp, sample_exp: every operation rounded by itself, so that the bits are the same.
__device__ inline float weight_exp(float x) {
  constexpr float kExpMin = -87.0F;
  constexpr float kRound = 12582912.0F;
  const float clamped = x > kExpMin ? x : kExpMin;
  const float shifted = __fadd_rn(__fmul_rn(clamped, 1.44269504F), kRound);
  const float n = __fadd_rn(shifted, -kRound);
  const float r =
      __fadd_rn(__fadd_rn(clamped, -__fmul_rn(n, 0.693359375F)), __fmul_rn(n, 2.12194440e-4F));
  float p = 1.9875691500e-4F;
  p = __fadd_rn(__fmul_rn(p, r), 1.3981999507e-3F);
  p = __fadd_rn(__fmul_rn(p, r), 8.3334519073e-3F);
  p = __fadd_rn(__fmul_rn(p, r), 4.1665795894e-2F);
  p = __fadd_rn(__fmul_rn(p, r), 1.6666665459e-1F);
  p = __fadd_rn(__fmul_rn(p, r), 5.0000001201e-1F);
  p = __fadd_rn(__fmul_rn(p, __fmul_rn(r, r)), __fadd_rn(r, 1.0F));
  const std::uint32_t exponent = (bits_of_float(shifted) + 127U) << 23;
  return x > kExpMin ? __fmul_rn(p, float_of_bits(exponent)) : 0.0F;
}

__device__ inline Weight weight_of(float exponential) {
  return static_cast<Weight>(__fmul_rn(exponential, 1099511627776.0F));  // 2^40
}

// Exclusive prefix sum over the threads of the block; `total` gets the sum. `scratch` has kWarp values.
__device__ inline Weight block_scan(Weight value, Weight* scratch, Weight& total) {
  const int lane = static_cast<int>(threadIdx.x) % kWarp;
  const int warp = static_cast<int>(threadIdx.x) / kWarp;
  const int warps = static_cast<int>(blockDim.x) / kWarp;
  Weight through = value;
  for (int distance = 1; distance < kWarp; distance *= 2) {
    const Weight before = __shfl_up_sync(kAllLanes, through, distance);
    if (lane >= distance) through += before;
  }
  __syncthreads();
  if (lane == kWarp - 1) scratch[warp] = through;
  __syncthreads();
  Weight before = 0;
  total = 0;
  for (int w = 0; w < warps; ++w) {
    if (w < warp) before += scratch[w];
    total += scratch[w];
  }
  return before + through - value;
}

// The largest value and its lowest index, over the block. `values` and `indices` have kWarp entries.
__device__ inline void block_argmax(float& value, int& index, float* values, int* indices) {
  const auto better = [](float a, int i, float b, int j) { return a > b || (a == b && i < j); };
  const int lane = static_cast<int>(threadIdx.x) % kWarp;
  const int warps = static_cast<int>(blockDim.x) / kWarp;
  for (int round = 0; round < 2; ++round) {
    for (int distance = 16; distance > 0; distance /= 2) {
      const float other = __shfl_xor_sync(kAllLanes, value, distance);
      const int other_index = __shfl_xor_sync(kAllLanes, index, distance);
      if (better(other, other_index, value, index)) {
        value = other;
        index = other_index;
      }
    }
    if (round == 1) return;
    __syncthreads();
    if (lane == 0) {
      values[threadIdx.x / kWarp] = value;
      indices[threadIdx.x / kWarp] = index;
    }
    __syncthreads();
    value = lane < warps ? values[lane] : -INFINITY;
    index = lane < warps ? indices[lane] : INT32_MAX;
  }
}

// A prefix of the order (x descending, id ascending), by the bits of |x|: x <= 0 here.
struct Prefix {
  std::uint32_t key = 0xffffffffU;
  std::int32_t last = INT32_MAX;
};
__device__ inline std::uint32_t key_of(float x) {
  return bits_of_float(x) & 0x7fffffffU;
}
__device__ inline bool holds(const Prefix& prefix, float x, int id) {
  return key_of(x) < prefix.key || (key_of(x) == prefix.key && id <= prefix.last);
}

struct SampleShared {
  Weight* bins;     // [256]
  Weight* scan;     // [kWarp]
  float* values;    // [kWarp]
  int* indices;     // [kWarp]
  int* answer;      // [2]
  Weight* reached;  // [1]
};

// The ids a thread looks at where their order counts: a run of neighbours.
struct Run {
  int begin, end;
};
__device__ inline Run run_of_thread(int count) {
  const int size = ceil_div(count, static_cast<int>(blockDim.x));
  const int begin = min(count, static_cast<int>(threadIdx.x) * size);
  return {begin, min(count, begin + size)};
}

// The shortest prefix within `outer` whose measure (weight, or 1 with `by_count`) reaches `target`;
// `outer` if none does. Called by all threads.
__device__ inline Prefix shortest_prefix(const float* x, int count, Prefix outer, Weight target,
                                         bool by_count, const SampleShared& shared) {
  const int thread = static_cast<int>(threadIdx.x);
  const int threads = static_cast<int>(blockDim.x);
  std::uint32_t key = 0;
  Weight below = 0;  // measure of what comes before `key`'s range
  for (int shift = 24; shift >= 0; shift -= 8) {
    __syncthreads();
    for (int bin = thread; bin < 256; bin += threads) shared.bins[bin] = 0;
    __syncthreads();
    for (int id = thread; id < count; id += threads) {
      const std::uint32_t own = key_of(x[id]);
      const bool same = shift == 24 || own >> (shift + 8) == key >> (shift + 8);
      if (!same || !holds(outer, x[id], id)) continue;
      const Weight measure = by_count ? 1 : weight_of(weight_exp(x[id]));
      if (measure > 0) atomicAdd(&shared.bins[own >> shift & 0xffU], measure);
    }
    __syncthreads();
    if (thread == 0) {
      int bin = 0;
      while (bin < 256 && below + shared.bins[bin] < target) below += shared.bins[bin++];
      shared.answer[0] = bin;
      *shared.reached = below;
    }
    __syncthreads();
    if (shared.answer[0] == 256) return outer;
    key |= static_cast<std::uint32_t>(shared.answer[0]) << shift;
    below = *shared.reached;
  }
  // All tokens of one key have one weight, so the last one is the n-th of them by id.
  const Weight each = by_count ? 1 : weight_of(weight_exp(-float_of_bits(key)));
  const Weight wanted = (target - below + each - 1) / each;
  const Run run = run_of_thread(count);
  Weight own = 0;
  for (int id = run.begin; id < run.end; ++id)
    if (key_of(x[id]) == key && holds(outer, x[id], id)) ++own;
  Weight total;
  Weight before = block_scan(own, shared.scan, total);
  if (before < wanted && wanted <= before + own)
    for (int id = run.begin; id < run.end; ++id)
      if (key_of(x[id]) == key && holds(outer, x[id], id) && ++before == wanted)
        shared.answer[1] = id;
  __syncthreads();
  return {key, shared.answer[1]};
}

// The survivor at which the running sum of weights, by id, passes the point of the draw.
__device__ inline int draw(const float* x, int count, const Prefix& kept, const SampleRow& rule,
                           const SampleShared& shared) {
  const Run run = run_of_thread(count);
  const auto weight = [&](int id) -> Weight {
    const float e = weight_exp(x[id]);
    return e >= rule.min_p && holds(kept, x[id], id) ? weight_of(e) : 0;
  };
  Weight own = 0;
  for (int id = run.begin; id < run.end; ++id) own += weight(id);
  Weight total;
  Weight before = block_scan(own, shared.scan, total);
  const Weight point = __umul64hi(rule.draw, total);
  if (threadIdx.x == 0) shared.answer[0] = -1;
  __syncthreads();
  if (before <= point && point < before + own)
    for (int id = run.begin; id < run.end; ++id) {
      before += weight(id);
      if (before > point) {
        shared.answer[0] = id;
        break;
      }
    }
  __syncthreads();
  return shared.answer[0];
}

// Penalties on the adjusted logits of one row. Each token is listed once.
__device__ inline void penalise(const SampleArguments& a, const SampleRow& rule, float* x) {
  for (int i = static_cast<int>(threadIdx.x); i < rule.penalty_count;
       i += static_cast<int>(blockDim.x)) {
    const Penalty penalty = a.penalties[rule.first_penalty + i];
    float logit = x[penalty.token];
    logit = logit > 0 ? logit / rule.repetition : __fmul_rn(logit, rule.repetition);
    const float times = static_cast<float>(penalty.generated);
    if (penalty.generated > 0)
      logit = __fadd_rn(logit, -__fadd_rn(rule.presence, __fmul_rn(rule.frequency, times)));
    x[penalty.token] = logit;
  }
}

__device__ inline void list_likeliest(const SampleArguments& a, const SampleRow& rule,
                                      const float* logits, const SampleShared& shared) {
  float last = INFINITY;
  int last_id = -1;
  for (int i = 0; i < min(rule.likeliest, a.logits.cols); ++i) {
    float best = -INFINITY;
    int best_id = INT32_MAX;
    for (int id = static_cast<int>(threadIdx.x); id < a.logits.cols;
         id += static_cast<int>(blockDim.x)) {
      const bool after = logits[id] < last || (logits[id] == last && id > last_id);
      if (after && (logits[id] > best || best_id == INT32_MAX)) {
        best = logits[id];
        best_id = id;
      }
    }
    block_argmax(best, best_id, shared.values, shared.indices);
    if (threadIdx.x == 0)
      a.likeliest[std::int64_t{blockIdx.x} * a.likeliest_stride + i] = {best_id, best};
    last = best;
    last_id = best_id;
    __syncthreads();
  }
}

__device__ inline int row_argmax(const float* x, int count, float& best,
                                 const SampleShared& shared) {
  int index = INT32_MAX;
  best = -INFINITY;
  for (int id = static_cast<int>(threadIdx.x); id < count; id += static_cast<int>(blockDim.x))
    if (x[id] > best || index == INT32_MAX) {
      best = x[id];
      index = id;
    }
  block_argmax(best, index, shared.values, shared.indices);
  __syncthreads();
  return index;
}

__device__ inline Weight kept_weight(const float* x, int count, const Prefix& kept,
                                     const SampleShared& shared) {
  Weight own = 0;
  for (int id = static_cast<int>(threadIdx.x); id < count; id += static_cast<int>(blockDim.x))
    if (holds(kept, x[id], id)) own += weight_of(weight_exp(x[id]));
  Weight total;
  (void)block_scan(own, shared.scan, total);
  return total;
}

// Turns the adjusted logits into (x - max x) / temperature, cuts and draws.
__device__ inline int cut_and_draw(const SampleRow& rule, float* x, int count,
                                   const SampleShared& shared) {
  float maximum;
  const int likeliest = row_argmax(x, count, maximum, shared);
  if (!(rule.temperature > 0)) return likeliest;
  for (int id = static_cast<int>(threadIdx.x); id < count; id += static_cast<int>(blockDim.x))
    x[id] = __fadd_rn(x[id], -maximum) / rule.temperature;
  __syncthreads();
  Prefix kept;
  if (rule.top_k > 0 && rule.top_k < count)
    kept = shortest_prefix(x, count, kept, static_cast<Weight>(rule.top_k), true, shared);
  if (rule.top_p < 1) {
    const double total = static_cast<double>(kept_weight(x, count, kept, shared));
    const double mass = ceil(static_cast<double>(fmaxf(rule.top_p, 0.0F)) * total);
    const Weight target = mass > 1 ? static_cast<Weight>(mass) : 1;
    kept = shortest_prefix(x, count, kept, target, false, shared);
  }
  const int drawn = draw(x, count, kept, rule, shared);
  if (drawn >= 0) return drawn;
  return row_argmax(x, count, maximum, shared);  // only if min_p > 1 left nothing
}

// One block an SM is enough: without saying so, 32 registers and spills are what sm_100 gets.
__global__ void __launch_bounds__(kSampleThreadsMax, 1) sample_kernel(SampleArguments a) {
  EVAL_SHARED(Weight, bins, 256);
  EVAL_SHARED(Weight, scan, kWarp);
  EVAL_SHARED(float, values, kWarp);
  EVAL_SHARED(int, indices, kWarp);
  EVAL_SHARED(int, answer, 2);
  EVAL_SHARED(Weight, reached, 1);
  const SampleShared shared = {bins, scan, values, indices, answer, reached};
  const std::int64_t r = blockIdx.x;
  const int count = a.logits.cols;
  const float* logits = static_cast<const float*>(a.logits.data) + r * a.logits.stride;
  float* x = a.adjusted + r * count;
  const SampleRow rule = a.rules[r];
  float maximum;
  (void)row_argmax(logits, count, maximum, shared);
  Weight own = 0;
  for (int id = static_cast<int>(threadIdx.x); id < count; id += static_cast<int>(blockDim.x)) {
    own += weight_of(weight_exp(__fadd_rn(logits[id], -maximum)));
    x[id] = logits[id];
  }
  Weight weight;
  (void)block_scan(own, scan, weight);
  __syncthreads();
  penalise(a, rule, x);
  __syncthreads();
  const int token = cut_and_draw(rule, x, count, shared);
  if (threadIdx.x == 0) a.sampled[r] = {{token, logits[token]}, maximum, weight};
  list_likeliest(a, rule, logits, shared);
}

EVAL_KERNELS_END
