#include <immintrin.h>

#include <algorithm>
#include <barrier>
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "runners/local/cpu/cpu_backend.h"
#include "runners/local/engine/bench.h"

// Small loops that reach what the machine can do: reading a buffer far larger than its caches, and
// multiply-adds that stay in registers. Each is the best of several tries, because whatever disturbs
// them only takes away.
namespace eval::runners::local {
namespace {

// Per thread; three times the largest cache of common servers in sum.
constexpr std::size_t kBufferBytes = std::size_t{192} << 20;
constexpr int kTries = 5;
constexpr std::int64_t kRounds = 4'000'000;
// Independent sums that hide the latency of the instruction (4 cycles, 2 a cycle).
constexpr int kSums = 12;

double seconds_of(const std::function<void()>& body) {
  const auto start = std::chrono::steady_clock::now();
  body();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// Shortest time in which all threads do `body(thread)` side by side.
double best_seconds(int threads, const std::function<void(int)>& body) {
  double best = 1e300;
  for (int attempt = 0; attempt < kTries; ++attempt) {
    std::barrier together(threads + 1);
    std::vector<std::jthread> workers;
    for (int i = 0; i < threads; ++i) {
      workers.emplace_back([&, i] {
        together.arrive_and_wait();
        body(i);
        together.arrive_and_wait();
      });
    }
    together.arrive_and_wait();
    best = std::min(best, seconds_of([&] { together.arrive_and_wait(); }));
  }
  return best;
}

std::uint64_t read_all(const std::vector<std::uint64_t>& buffer) {
  using Wide = std::uint64_t __attribute__((vector_size(16)));
  const auto* data = reinterpret_cast<const Wide*>(buffer.data());
  Wide sums[8] = {};
  const std::size_t count = buffer.size() / 2;
  for (std::size_t i = 0; i + 8 <= count; i += 8) {
    for (std::size_t j = 0; j < 8; ++j) sums[j] += data[i + j];
  }
  Wide sum = sums[0];
  for (std::size_t j = 1; j < 8; ++j) sum += sums[j];
  return sum[0] + sum[1];
}

// The loops return a value of their sums, so that none of them can be left out.
__attribute__((target("avx2,fma"))) float multiply_avx2() {
  __m256 sums[kSums];
  for (auto& sum : sums) sum = _mm256_set1_ps(1);
  const __m256 a = _mm256_set1_ps(0.999F);
  const __m256 b = _mm256_set1_ps(0.001F);
  for (std::int64_t i = 0; i < kRounds; ++i) {
#pragma GCC unroll 12
    for (int j = 0; j < kSums; ++j) sums[j] = _mm256_fmadd_ps(sums[j], a, b);
  }
  __m256 sum = sums[0];
  for (int j = 1; j < kSums; ++j) sum = _mm256_add_ps(sum, sums[j]);
  return _mm256_cvtss_f32(sum);
}

__attribute__((target("avx512f"))) float multiply_avx512() {
  __m512 sums[kSums];
  for (auto& sum : sums) sum = _mm512_set1_ps(1);
  const __m512 a = _mm512_set1_ps(0.999F);
  const __m512 b = _mm512_set1_ps(0.001F);
  for (std::int64_t i = 0; i < kRounds; ++i) {
#pragma GCC unroll 12
    for (int j = 0; j < kSums; ++j) sums[j] = _mm512_fmadd_ps(sums[j], a, b);
  }
  __m512 sum = sums[0];
  for (int j = 1; j < kSums; ++j) sum = _mm512_add_ps(sum, sums[j]);
  return _mm512_cvtss_f32(sum);
}

__attribute__((target("avx512f,avx512bw,avx512vl,avx512bf16"))) float multiply_bf16() {
  __m512 sums[kSums];
  for (auto& sum : sums) sum = _mm512_set1_ps(1);
  const __m512bh a = _mm512_cvtne2ps_pbh(_mm512_set1_ps(0.5F), _mm512_set1_ps(0.5F));
  const __m512bh b = _mm512_cvtne2ps_pbh(_mm512_set1_ps(0.25F), _mm512_set1_ps(0.25F));
  for (std::int64_t i = 0; i < kRounds; ++i) {
#pragma GCC unroll 12
    for (int j = 0; j < kSums; ++j) sums[j] = _mm512_dpbf16_ps(sums[j], a, b);
  }
  __m512 sum = sums[0];
  for (int j = 1; j < kSums; ++j) sum = _mm512_add_ps(sum, sums[j]);
  return _mm512_cvtss_f32(sum);
}

struct Loop {
  const char* name = "";
  float (*run)() = nullptr;
  double operations = 0;  // of one instruction
};

// The instruction that products of this format come down to. An int8 product is held against bf16.
Loop loop_for(WeightFormat format) {
  const std::string set = cpu_instruction_set();
  const bool has_512 = set.starts_with("avx512");
  if (format != WeightFormat::F32 && set.find("bf16") != std::string::npos) {
    return {"bf16 dot product", multiply_bf16, 64};
  }
  if (has_512) return {"f32 fused multiply-add of 16", multiply_avx512, 32};
  return {"f32 fused multiply-add of 8", multiply_avx2, 16};
}

}  // namespace

MachineLimits measure_cpu(WeightFormat format, int threads) {
  if (threads <= 0) threads = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  MachineLimits limits;
  std::vector<std::uint64_t> sinks(static_cast<std::size_t>(threads));
  {
    std::vector<std::vector<std::uint64_t>> buffers(static_cast<std::size_t>(threads));
    for (auto& buffer : buffers) buffer.assign(kBufferBytes / sizeof(std::uint64_t), 1);
    const double seconds = best_seconds(threads, [&](int i) {
      sinks[static_cast<std::size_t>(i)] = read_all(buffers[static_cast<std::size_t>(i)]);
    });
    limits.bytes_per_s = static_cast<double>(kBufferBytes) * threads / seconds;
  }
  const Loop loop = loop_for(format);
  std::vector<float> values(static_cast<std::size_t>(threads));
  const double seconds =
      best_seconds(threads, [&](int i) { values[static_cast<std::size_t>(i)] = loop.run(); });
  limits.operations_per_s =
      loop.operations * kSums * static_cast<double>(kRounds) * threads / seconds;
  limits.operation = loop.name;
  return limits;
}

}  // namespace eval::runners::local
