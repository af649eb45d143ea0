#pragma once

#include "runners/local/cuda/kernels/platform.cuh"

// Routing of tokens to experts, and what surrounds the grouped product (product.cuh).
EVAL_KERNELS_BEGIN

// Largest value with the lowest index on ties, over the lanes of a warp.
__device__ inline void warp_argmax(float& value, int& index) {
  for (int distance = 16; distance > 0; distance /= 2) {
    const float other = __shfl_xor_sync(kAllLanes, value, distance);
    const int other_index = __shfl_xor_sync(kAllLanes, index, distance);
    if (other > value || (other == value && other_index < index)) {
      value = other;
      index = other_index;
    }
  }
}

// Takes the experts of all but the groups_kept best groups out of the choice; a group is as good as the
// sum of its two best experts. Lane g looks at group g.
__device__ inline void keep_best_groups(const RouteArguments& a, float* choice) {
  const int lane = static_cast<int>(threadIdx.x);
  const int size = a.scores.cols / a.groups;
  float first = -INFINITY;
  float second = -INFINITY;
  if (lane < a.groups)
    for (int e = lane * size; e < (lane + 1) * size; ++e) {
      second = fmaxf(second, fminf(first, choice[e]));
      first = fmaxf(first, choice[e]);
    }
  float score = size > 1 ? first + second : first;
  bool kept = false;
  for (int i = 0; i < a.groups_kept; ++i) {
    float best = lane < a.groups && !kept ? score : -INFINITY;
    int index = lane;
    warp_argmax(best, index);
    if (index == lane) kept = true;
  }
  __syncwarp();
  if (lane < a.groups && !kept)
    for (int e = lane * size; e < (lane + 1) * size; ++e) choice[e] = -INFINITY;
  __syncwarp();
}

// s = sigmoid(scores); the per_token largest of s + correction, with weights from s alone. A warp a row.
__global__ void route_kernel(RouteArguments a) {
  EVAL_SHARED(float, plain, kExpertsMax);
  EVAL_SHARED(float, choice, kExpertsMax);
  const std::int64_t r = blockIdx.x;
  const int lane = static_cast<int>(threadIdx.x);
  const float* scores = static_cast<const float*>(a.scores.data) + r * a.scores.stride;
  for (int e = lane; e < a.scores.cols; e += kWarp) {
    plain[e] = sigmoid(scores[e]);
    choice[e] = plain[e] + a.correction[e];
  }
  __syncwarp();
  if (a.groups > 1) keep_best_groups(a, choice);
  auto* chosen = static_cast<std::int32_t*>(a.chosen.data) + r * a.chosen.stride;
  auto* weights = static_cast<float*>(a.weights.data) + r * a.weights.stride;
  float sum = 0;
  for (int k = 0; k < a.per_token; ++k) {
    float best = -INFINITY;
    int index = a.scores.cols;
    for (int e = lane; e < a.scores.cols; e += kWarp)
      if (choice[e] > best) {
        best = choice[e];
        index = e;
      }
    warp_argmax(best, index);
    index = min(index, a.scores.cols - 1);  // only if every score left is NaN
    sum += plain[index];
    if (lane == 0) chosen[k] = index;
    __syncwarp();
    if (lane == index % kWarp) choice[index] = -INFINITY;
    __syncwarp();
  }
  if (lane == 0)
    for (int k = 0; k < a.per_token; ++k) {
      const float s = plain[chosen[k]];
      weights[k] = (a.normalise ? s / (sum + 1e-20F) : s) * a.scaling;
    }
}

inline constexpr unsigned kSortThreads = 256;

// Fills the lists of one expert a block: how many entries, where they begin, and which, ascending.
__global__ void expert_sort_kernel(SortArguments a) {
  EVAL_SHARED(float, partial, kWarp);
  EVAL_SHARED(int, warp_counts, kWarp);
  const int expert = static_cast<int>(blockIdx.x);
  const int entries = a.chosen.rows * a.chosen.cols;
  const int thread = static_cast<int>(threadIdx.x);
  const int lane = thread % kWarp;
  const int warps = static_cast<int>(kSortThreads) / kWarp;
  const auto expert_of = [&](int entry) {
    const std::int64_t row = entry / a.chosen.cols;
    return static_cast<const std::int32_t*>(
        a.chosen.data)[row * a.chosen.stride + entry % a.chosen.cols];
  };
  float below = 0;
  float equal = 0;  // counts as F32: exact below 2^24
  for (int i = thread; i < entries; i += static_cast<int>(kSortThreads)) {
    const int e = expert_of(i);
    below += e < expert ? 1.0F : 0.0F;
    equal += e == expert ? 1.0F : 0.0F;
  }
  int next = static_cast<int>(block_sum(below, partial));
  equal = block_sum(equal, partial);
  if (thread == 0) {
    a.lists.firsts[expert] = next;
    a.lists.counts[expert] = static_cast<int>(equal);
  }
  if (equal == 0.0F) return;  // the same in all threads
  for (int begin = 0; begin < entries; begin += static_cast<int>(kSortThreads)) {
    const int entry = begin + thread;
    const bool mine = entry < entries && expert_of(entry) == expert;
    const unsigned ballot = __ballot_sync(kAllLanes, mine ? 1 : 0);
    if (lane == 0) warp_counts[thread / kWarp] = __popc(ballot);
    __syncthreads();
    int at = next + __popc(ballot & ((1U << lane) - 1U));
    for (int w = 0; w < warps; ++w) {
      if (w < thread / kWarp) at += warp_counts[w];
      next += warp_counts[w];
    }
    if (mine) a.lists.entries[at] = entry;
    __syncthreads();
  }
}

// y[r, :] = sum over k, ascending, of weights[r, k] * z[r * per_token + k, :].
__global__ void combine_kernel(CombineArguments a) {
  const std::int64_t r = blockIdx.x;
  const float* weights = static_cast<const float*>(a.weights.data) + r * a.weights.stride;
  for (int i = static_cast<int>(threadIdx.x); i < a.y.cols; i += static_cast<int>(blockDim.x)) {
    float sum = 0;
    for (int k = 0; k < a.per_token; ++k)
      sum = fmaf(weights[k], load_value(a.z, r * a.per_token + k, i), sum);
    store_value(a.y, r, i, sum);
  }
}

EVAL_KERNELS_END
