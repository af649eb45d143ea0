#include "runners/local/cpu/cpu_backend.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <fstream>

#include "base/check.h"
#include "runners/local/cpu/cpu_backend_impl.h"

namespace eval::runners::local {
namespace cpu {
namespace {

// MemAvailable of /proc/meminfo: what can be had without swapping, page cache given up.
Bytes memory_of_machine() {
  std::ifstream file("/proc/meminfo");
  std::string key, unit;
  std::uint64_t kib = 0;
  while (file >> key >> kib >> unit)
    if (key == "MemAvailable:") return Bytes::kib(kib);
  return Bytes{};
}

const Kernels* kernels_of(CpuLevel level) {
  switch (level) {
    case CpuLevel::Best:
      return best_kernels();
    case CpuLevel::Avx2:
      return kernels_avx2();
    case CpuLevel::Avx512:
      return kernels_avx512();
  }
  return nullptr;
}

}  // namespace

const float* CpuVector::transposed(std::int64_t taps) const {
  if (transposed_.empty()) {
    const std::int64_t channels = size() / taps;
    transposed_.resize(values_.size());
    for (std::int64_t c = 0; c < channels; ++c)
      for (std::int64_t j = 0; j < taps; ++j)
        transposed_[static_cast<std::size_t>(j * channels + c)] =
            values_[static_cast<std::size_t>(c * taps + j)];
  }
  return transposed_.data();
}

StateLayout::StateLayout(const StateShape& state, Element pages_element)
    : element(pages_element), shape(state) {
  value_tiles = (shape.head_dim + kTileColumns - 1) / kTileColumns;
  const std::int64_t token_units = units_of(element, kPageTokens);
  key_words = std::int64_t{shape.head_dim} * kPageTokens / (element == Element::F32 ? 1 : 2);
  head_words = key_words + value_tiles * token_units * kTileColumns;
  page_words = head_words * shape.kv_heads * shape.attention_layers;
  const MambaShape& mamba = shape.mamba;
  if (shape.mamba_layers > 0) {
    conv_floats = std::int64_t{mamba.kernel - 1} * mamba.channels();
    scan_floats = std::int64_t{mamba.heads} * mamba.state * padded_head_dim();
    slot_floats = (conv_floats + scan_floats) * shape.mamba_layers;
  }
}

CpuBackend::CpuBackend(const CpuOptions& options, const Kernels& kernels, int threads, Bytes memory)
    : options_(options),
      kernels_(kernels),
      pool_(threads),
      workers_(static_cast<std::size_t>(threads)),
      samplers_(static_cast<std::size_t>(threads)),
      memory_(memory) {}

// Without the number of threads: it changes no result.
std::string CpuBackend::description() const {
  const char* precision = options_.activation == DType::F32 ? "f32"
                          : options_.int8                   ? "int8"
                                                            : "bf16";
  return fmt::format("cpu {} {}", kernels_.name, precision);
}

Element CpuBackend::matrix_element(MatrixUse use) const {
  if (use == MatrixUse::Router || options_.activation == DType::F32) return Element::F32;
  return options_.int8 && use != MatrixUse::Head ? Element::I8 : Element::BF16;
}

Bytes CpuBackend::memory_available() const {
  return Bytes{memory_.count - std::min(memory_.count, memory_used_.count)};
}

Result<Buffer> CpuBackend::take_memory(Bytes size) {
  if (size > memory_available())
    return fail(
        ErrorCode::Infrastructure,
        fmt::format(
            "the model does not fit in the memory it may use: {} of {} is left, {} more needed",
            to_string(memory_available()), to_string(memory_), to_string(size)),
        "cpu", "raise --cpu-memory, or use a smaller model, --dtype int8 or a shorter context");
  Buffer buffer = EVAL_TRY(Buffer::create(size));
  memory_used_ = memory_used_ + size;
  return buffer;
}

Result<MatrixPtr> CpuBackend::load_matrix(std::span<const HostTensor> row_blocks, MatrixUse use) {
  EVAL_CHECK(!row_blocks.empty());
  const Element element = matrix_element(use);
  std::int64_t rows = 0;
  for (const HostTensor& block : row_blocks) rows += block.shape[0];
  Buffer memory = EVAL_TRY(take_memory(packed_bytes(element, rows, row_blocks[0].shape[1])));
  PackedMatrix packed = pack(element, row_blocks, memory.data(), kernels_, pool_);
  if (element == Element::BF16 && use == MatrixUse::Attention) {
    EVAL_CHECK(row_blocks.size() == 3);  // queries, keys, values
    packed.split_first = row_blocks[0].shape[0];
    packed.split_last = packed.split_first + row_blocks[1].shape[0];
  }
  return std::make_unique<CpuMatrix>(std::move(memory), packed);
}

Result<VectorPtr> CpuBackend::load_vector(std::span<const float> values) {
  return std::make_unique<CpuVector>(values);
}

Result<ExpertsPtr> CpuBackend::load_experts(const ExpertTensors& tensors) {
  const Element element = matrix_element(MatrixUse::Dense);
  const auto bytes = [&](const HostTensor& t) {
    return packed_bytes(element, t.shape[0], t.shape[1]);
  };
  Bytes total;
  for (const HostTensor& t : tensors.up) total = total + bytes(t);
  for (const HostTensor& t : tensors.down) total = total + bytes(t);
  Buffer memory = EVAL_TRY(take_memory(total));
  std::byte* next = memory.data();
  const auto pack_all = [&](const std::vector<HostTensor>& all) {
    std::vector<PackedMatrix> packed;
    for (const HostTensor& t : all) {
      packed.push_back(pack(element, {&t, 1}, next, kernels_, pool_));
      next += bytes(t).count;
    }
    return packed;
  };
  std::vector<PackedMatrix> up = pack_all(tensors.up);
  return std::make_unique<CpuExperts>(std::move(memory), std::move(up), pack_all(tensors.down));
}

Bytes CpuBackend::kv_bytes_per_page(const StateShape& shape) const {
  const Element element = options_.activation == DType::F32 ? Element::F32 : Element::BF16;
  return Bytes{static_cast<std::uint64_t>(StateLayout(shape, element).page_words) * 4};
}

Bytes CpuBackend::slot_bytes(const StateShape& shape) const {
  return Bytes{static_cast<std::uint64_t>(StateLayout(shape, Element::F32).slot_floats) * 4};
}

Result<void> CpuBackend::allocate(const ModelConfig& config, const StatePlan& plan,
                                  const StepLimits& limits) {
  EVAL_CHECK(!scratch_.data());
  if (plan.shape.head_dim > kHeadDimMax || plan.shape.mamba.head_dim > kHeadDimMax)
    return fail(ErrorCode::Unsupported, fmt::format("heads of more than {} values", kHeadDimMax),
                "cpu");
  plan_ = plan;
  layout_ =
      StateLayout(plan.shape, options_.activation == DType::F32 ? Element::F32 : Element::BF16);
  const auto times = [](Bytes size, std::int32_t count) {
    return Bytes{size.count * static_cast<std::uint64_t>(count)};
  };
  pages_ = EVAL_TRY(take_memory(times(kv_bytes_per_page(plan.shape), plan.pages)));
  slots_ = EVAL_TRY(take_memory(times(slot_bytes(plan.shape), plan.slots)));
  scratch_ = EVAL_TRY(take_memory(scratch_bytes(config, limits)));
  return {};
}

void CpuBackend::clear_slot(std::int32_t slot) {
  std::fill_n(slots_.floats() + slot * layout_.slot_floats, layout_.slot_floats, 0.0F);
}

void CpuBackend::copy_slot(std::int32_t from, std::int32_t to) {
  std::copy_n(slots_.floats() + from * layout_.slot_floats, layout_.slot_floats,
              slots_.floats() + to * layout_.slot_floats);
}

void CpuBackend::copy_page(std::int32_t from, std::int32_t to) {
  std::copy_n(pages_.units() + from * layout_.page_words, layout_.page_words,
              pages_.units() + to * layout_.page_words);
}

Result<void> CpuBackend::run_step(const Step& step, const std::function<void()>& body) {
  step_ = &step;
  scratch_used_ = 0;
  rope_table_.clear();
  body();
  step_ = nullptr;
  return {};
}

std::byte* CpuBackend::scratch_bytes_of(std::size_t size) {
  const std::size_t start = scratch_used_;
  scratch_used_ += (size + 63) / 64 * 64;
  EVAL_CHECK(scratch_used_ <= scratch_.size().count);
  return scratch_.data() + start;
}

Tensor CpuBackend::scratch(std::int64_t rows, std::int64_t cols, DType dtype) {
  EVAL_CHECK(dtype == DType::F32 || dtype == DType::I32);
  return {scratch_bytes_of(static_cast<std::size_t>(rows * cols) * dtype_bytes(dtype)), dtype, rows,
          cols, cols};
}

Result<std::vector<float>> CpuBackend::read(Tensor x) {
  std::vector<float> values;
  values.reserve(static_cast<std::size_t>(x.rows * x.cols));
  for (std::int64_t r = 0; r < x.rows; ++r)
    for (std::int64_t c = 0; c < x.cols; ++c)
      values.push_back(x.dtype == DType::I32 ? static_cast<float>(ids_of(x, r)[c])
                                             : row_of(x, r)[c]);
  return values;
}

Result<std::vector<SampledToken>> CpuBackend::sample(Tensor logits,
                                                     std::span<const SampleRule> rules) {
  EVAL_CHECK(static_cast<std::int64_t>(rules.size()) == logits.rows);
  std::vector<SampledToken> tokens(rules.size());
  std::atomic<bool> finite = true;
  pool_.run(logits.rows, 1, [&](std::int64_t begin, std::int64_t end, int worker) {
    SampleScratch& scratch = samplers_[static_cast<std::size_t>(worker)];
    for (std::int64_t r = begin; r < end; ++r) {
      const std::span<const float> row(row_of(logits, r), static_cast<std::size_t>(logits.cols));
      int faults = 0;  // without a branch, so that the loop is vectorised
      for (const float x : row) faults |= x < INFINITY ? 0 : 1;
      if (faults != 0) {
        finite = false;
        continue;
      }
      const auto i = static_cast<std::size_t>(r);
      tokens[i] = sample_token(row, rules[i], scratch);
    }
  });
  if (!finite)
    return fail(ErrorCode::Infrastructure, "the model computed logits that are not numbers", "cpu",
                "the checkpoint may be damaged, or need F32: `evalctl model info` names its types");
  return tokens;
}

}  // namespace cpu

Result<std::unique_ptr<Backend>> make_cpu_backend(const CpuOptions& options) {
  const cpu::Kernels* kernels = cpu::kernels_of(options.level);
  if (!kernels)
    return fail(ErrorCode::Unsupported, "this processor lacks AVX2, which the cpu backend needs",
                "cpu", "use another runner (http, replay), or another machine");
  if (options.activation != DType::F32 && options.activation != DType::BF16)
    return fail(ErrorCode::Usage, "the cpu backend computes in F32 or BF16", "cpu");
  if (options.int8 && (!kernels->product_i8 || options.activation == DType::F32))
    return fail(ErrorCode::Unsupported, "INT8 needs AVX-512 VNNI and BF16 activations", "cpu",
                "use --dtype bf16");
  const int threads = options.threads > 0 ? options.threads : cpu::usable_processors();
  const Bytes memory = options.memory.count > 0 ? options.memory : cpu::memory_of_machine();
  return std::make_unique<cpu::CpuBackend>(options, *kernels, threads, memory);
}

std::string cpu_instruction_set() {
  const cpu::Kernels* kernels = cpu::best_kernels();
  return kernels ? kernels->name : "";
}

}  // namespace eval::runners::local
