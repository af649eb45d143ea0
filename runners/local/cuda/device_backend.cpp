#include "runners/local/cuda/device_backend.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstring>

#include "base/check.h"
#include "runners/local/cuda/kernels/number_formats.h"
#include "runners/local/cuda/memory_plan.h"
#include "runners/local/cuda/sampler.h"
#include "runners/local/cuda/weights.h"

namespace eval::runners::local::cuda {
namespace {

constexpr std::int64_t kRecordedRowsMax = 256;  // beyond it launches are a small part of a step

// What the kernels are not written for.
Result<void> check_supported(const ModelConfig& config) {
  for (const LayerConfig& layer : config.layers) {
    const std::string where = fmt::format("layer {}", layer.block);
    if (const auto* attention = std::get_if<AttentionShape>(&layer.mixer)) {
      if (attention->head_dim > kHeadDimMax)
        return fail(ErrorCode::Unsupported,
                    fmt::format("head_dim {} is above {}", attention->head_dim, kHeadDimMax), where,
                    "run this model on the CPU backend");
    } else if (const auto* mamba = std::get_if<MambaShape>(&layer.mixer)) {
      if (mamba->state > kScanStateMax || mamba->kernel > kConvKernelMax)
        return fail(ErrorCode::Unsupported,
                    fmt::format("state size {} or kernel {} is above {} or {}", mamba->state,
                                mamba->kernel, kScanStateMax, kConvKernelMax),
                    where, "run this model on the CPU backend");
    } else if (const auto* moe = std::get_if<MoeShape>(&layer.mixer)) {
      if (moe->experts > kExpertsMax || moe->groups > kRouterGroupsMax)
        return fail(ErrorCode::Unsupported,
                    fmt::format("{} experts in {} groups are more than {} in {}", moe->experts,
                                moe->groups, kExpertsMax, kRouterGroupsMax),
                    where, "run this model on the CPU backend");
    }
  }
  return {};
}

Result<DeviceBuffer> zeroed(Device& device, std::uint64_t bytes) {
  DeviceBuffer buffer =
      EVAL_TRY(DeviceBuffer::create(device, Bytes{std::max<std::uint64_t>(bytes, 256)}));
  device.fill_zero(buffer.data(), buffer.size().count);
  return buffer;
}

}  // namespace

DeviceBackend::DeviceBackend(std::unique_ptr<Device> device, const KernelTable& kernels,
                             BackendOptions options)
    : device_(std::move(device)), kernels_(kernels), options_(options) {}

DeviceBackend::~DeviceBackend() = default;

std::string DeviceBackend::description() const {
  return fmt::format("cuda {} {}", device_->description(), dtype_name(kernels_.activation));
}

// Own kernels take a token the same way in any piece. cuBLASLt's algorithm is fixed for a weight, which
// should make a row's bits independent of the number of rows, but that is not documented.
bool DeviceBackend::pieces_match_decode() const {
  return !(options_.vendor_dense && device_->has_dense_product());
}

Bytes DeviceBackend::kv_bytes_per_page(const StateShape& shape) const {
  return Bytes{kv_page_bytes(shape, activation())};
}

Bytes DeviceBackend::slot_bytes(const StateShape& shape) const {
  return Bytes{conv_slot_bytes(shape) + scan_slot_bytes(shape)};
}

Bytes DeviceBackend::scratch_bytes(const ModelConfig& config, const StepLimits& limits) const {
  const std::int64_t pages = (config.context_max + kPageTokens - 1) / kPageTokens;
  const SlabSizes sizes = slab_sizes(config, limits, activation(), options_.graphs, pages);
  return Bytes{sizes.arena_bytes + sizes.partial_bytes + sizes.sampler_bytes +
               static_cast<std::uint64_t>(sizes.tables.page_entries) * sizeof(std::int32_t)};
}

Result<MatrixPtr> DeviceBackend::load_matrix(std::span<const HostTensor> row_blocks,
                                             MatrixUse use) {
  auto matrix = std::make_unique<DeviceMatrix>();
  const bool keep_fp8 =
      options_.keep_fp8 && (use == MatrixUse::Dense || use == MatrixUse::Attention);
  matrix->slab = EVAL_TRY(load_slab(*device_, row_blocks, activation(), keep_fp8));
  matrix->takes_low_halves = use == MatrixUse::Attention && activation() == DType::BF16;
  return MatrixPtr(std::move(matrix));
}

Result<VectorPtr> DeviceBackend::load_vector(std::span<const float> values) {
  auto vector = std::make_unique<DeviceVector>();
  vector->count = static_cast<std::int64_t>(values.size());
  vector->values = EVAL_TRY(
      DeviceBuffer::create(*device_, Bytes{std::max<std::size_t>(values.size_bytes(), 4)}));
  device_->copy_to_device(vector->values.data(), values.data(), values.size_bytes());
  EVAL_TRY(device_->finish());
  return VectorPtr(std::move(vector));
}

Result<ExpertsPtr> DeviceBackend::load_experts(const ExpertTensors& tensors) {
  auto experts = std::make_unique<DeviceExperts>();
  experts->experts = static_cast<int>(tensors.up.size());
  experts->up = EVAL_TRY(load_slab(*device_, tensors.up, activation(), options_.keep_fp8));
  experts->down = EVAL_TRY(load_slab(*device_, tensors.down, activation(), options_.keep_fp8));
  return ExpertsPtr(std::move(experts));
}

Result<void> DeviceBackend::allocate(const ModelConfig& config, const StatePlan& plan,
                                     const StepLimits& limits) {
  EVAL_TRY(check_supported(config));
  state_shape_ = plan.shape;
  plan_ = plan;
  limits_ = limits;
  const SlabSizes sizes = slab_sizes(config, limits, activation(), options_.graphs, plan.pages);
  page_bytes_ = kv_page_bytes(plan.shape, activation());
  conv_bytes_ = conv_slot_bytes(plan.shape);
  scan_bytes_ = scan_slot_bytes(plan.shape);
  const auto pages = static_cast<std::uint64_t>(plan.pages) + 1;
  const auto slots = static_cast<std::uint64_t>(plan.slots) + 1;
  pages_ = EVAL_TRY(zeroed(*device_, pages * page_bytes_));
  conv_state_ = EVAL_TRY(zeroed(*device_, slots * conv_bytes_));
  scan_state_ = EVAL_TRY(zeroed(*device_, slots * scan_bytes_));
  arena_ = EVAL_TRY(DeviceBuffer::create(*device_, Bytes{sizes.arena_bytes}));
  if (sizes.partial_bytes > 0)
    partials_ = EVAL_TRY(DeviceBuffer::create(*device_, Bytes{sizes.partial_bytes}));
  tables_.emplace(EVAL_TRY(StepTables::create(*device_, sizes.tables)));
  sampler_ = EVAL_TRY(
      DeviceSampler::create(*device_, kernels_, sizes.tables.logit_rows, config.vocabulary));
  return device_->finish();
}

void DeviceBackend::clear_slot(std::int32_t slot) {
  const auto index = static_cast<std::size_t>(slot);
  if (conv_bytes_ > 0) device_->fill_zero(conv_state_.data() + index * conv_bytes_, conv_bytes_);
  if (scan_bytes_ > 0) device_->fill_zero(scan_state_.data() + index * scan_bytes_, scan_bytes_);
}

void DeviceBackend::copy_slot(std::int32_t from, std::int32_t to) {
  for (const auto& [slab, bytes] :
       {std::pair(conv_state_.data(), conv_bytes_), std::pair(scan_state_.data(), scan_bytes_)})
    if (bytes > 0)
      device_->copy_on_device(slab + static_cast<std::size_t>(to) * bytes,
                              slab + static_cast<std::size_t>(from) * bytes, bytes);
}

void DeviceBackend::copy_page(std::int32_t from, std::int32_t to) {
  if (page_bytes_ == 0) return;
  device_->copy_on_device(pages_.data() + static_cast<std::size_t>(to) * page_bytes_,
                          pages_.data() + static_cast<std::size_t>(from) * page_bytes_,
                          page_bytes_);
}

void DeviceBackend::pass(Mode mode, const std::function<void()>& body) {
  mode_ = mode;
  arena_used_ = 0;
  hash_ = 0;
  body();
  mode_ = Mode::Run;
}

Result<void> DeviceBackend::run_step(const Step& step, const std::function<void()>& body) {
  EVAL_CHECK(tables_.has_value());
  step_rows_ = padded_rows_ = step.rows();
  const bool decode = options_.graphs && step.is_decode() && step.rows() > 0 &&
                      step.logit_rows.size() == step.tokens.size();
  if (decode && step.rows() <= kRecordedRowsMax)
    padded_rows_ =
        static_cast<std::int64_t>(std::bit_ceil(static_cast<std::uint64_t>(step.rows())));
  tables_->load(step, padded_rows_, plan_.pages, plan_.slots);
  const bool recordable =
      decode && step.rows() <= kRecordedRowsMax && tables_->prompt_tile_count() == 0;
  if (recordable)
    EVAL_TRY(run_recorded(body));
  else
    pass(Mode::Run, body);
  return device_->status();
}

Result<void> DeviceBackend::run_recorded(const std::function<void()>& body) {
  pass(Mode::Trace, body);
  const std::uint64_t hash = hash_;
  Record& record = records_[{padded_rows_, tables_->splits()}];
  if (record.hash != hash || record.hash == 0) {
    // The first time as it is: kernels are loaded and algorithms chosen, which a recording cannot do.
    record = {hash, nullptr};
    pass(Mode::Run, body);
    return {};
  }
  if (record.recording == nullptr) {
    EVAL_TRY(device_->start_recording());
    pass(Mode::Run, body);
    record.recording = EVAL_TRY(device_->stop_recording());
  }
  device_->replay(*record.recording);
  return {};
}

Tensor DeviceBackend::scratch(std::int64_t rows, std::int64_t cols, DType dtype) {
  const std::size_t bytes =
      scratch_tensor_bytes(rows == step_rows_ ? padded_rows_ : rows, cols, dtype);
  EVAL_CHECK(arena_used_ + bytes <= arena_.size().count);
  Tensor tensor{arena_.data() + arena_used_, dtype, rows, cols, scratch_stride(cols, dtype)};
  arena_used_ += bytes;
  return tensor;
}

Result<std::vector<SampledToken>> DeviceBackend::sample(Tensor logits,
                                                        std::span<const SampleRule> rules) {
  EVAL_CHECK(static_cast<std::size_t>(logits.rows) == rules.size());
  return sampler_->sample({logits.data, logits.stride, static_cast<std::int32_t>(logits.rows),
                           static_cast<std::int32_t>(logits.cols), true},
                          rules);
}

Result<std::vector<float>> DeviceBackend::read(Tensor x) {
  if (mode_ == Mode::Trace)
    return fail(ErrorCode::Unsupported, "a tensor cannot be read inside a recorded step", "",
                "turn graphs off in the backend's options");
  const std::size_t size = dtype_bytes(x.dtype);
  const auto row_values = static_cast<std::size_t>(x.stride);
  std::vector<float> values;
  if (x.rows == 0 || x.cols == 0) return values;
  std::vector<std::byte> raw(
      (static_cast<std::size_t>(x.rows - 1) * row_values + static_cast<std::size_t>(x.cols)) *
      size);
  device_->copy_to_host(raw.data(), x.data, raw.size());
  EVAL_TRY(device_->finish());
  values.reserve(static_cast<std::size_t>(x.rows * x.cols));
  for (std::int64_t row = 0; row < x.rows; ++row)
    for (std::int64_t col = 0; col < x.cols; ++col) {
      const std::byte* at = raw.data() + static_cast<std::size_t>(row * x.stride + col) * size;
      float value = 0;
      if (x.dtype == DType::BF16) {
        Bf16 bits{};
        std::memcpy(&bits, at, sizeof bits);
        value = to_float(bits);
      } else if (x.dtype == DType::I32) {
        std::int32_t integer = 0;
        std::memcpy(&integer, at, sizeof integer);
        value = static_cast<float>(integer);
      } else {
        std::memcpy(&value, at, sizeof value);
      }
      values.push_back(value);
    }
  return values;
}

}  // namespace eval::runners::local::cuda
