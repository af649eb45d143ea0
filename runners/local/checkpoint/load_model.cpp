#include "runners/local/checkpoint/load_model.h"

#include <fmt/format.h>

#include <cmath>
#include <cstring>
#include <initializer_list>

#include "base/check.h"
#include "runners/local/checkpoint/tensor_plan.h"
#include "runners/local/checkpoint/tensor_values.h"

namespace eval::runners::local {
namespace {

// A file whose header is not padded has tensors at odd addresses; backends get them aligned.
class AlignedTensors {
 public:
  void add(const HostTensor& tensor) {
    HostTensor copy = tensor;
    const auto address = reinterpret_cast<std::uintptr_t>(tensor.bytes.data());
    if (address % dtype_bytes(tensor.dtype) != 0) {
      copies_.emplace_back(tensor.bytes.begin(), tensor.bytes.end());
      copy.bytes = copies_.back();
    }
    tensors_.push_back(std::move(copy));
  }
  const std::vector<HostTensor>& tensors() const { return tensors_; }

 private:
  std::vector<HostTensor> tensors_;
  std::vector<std::vector<std::byte>> copies_;
};

class Loader {
 public:
  Loader(const Checkpoint& checkpoint, Backend& backend,
         const std::function<void(LoadProgress)>& progress, std::stop_token stop)
      : checkpoint_(checkpoint),
        config_(checkpoint.config()),
        backend_(backend),
        progress_(progress),
        stop_(std::move(stop)) {
    total_ = checkpoint.weight_bytes();
  }

  Result<Model> load() {
    Model model;
    model.config = config_;
    // The embedding may serve as the head, which stays exact; a table of its own does as well.
    model.embedding = EVAL_TRY(matrix({embedding_name(config_)}, MatrixUse::Head));
    for (const LayerConfig& layer : config_.layers) {
      const LayerNames names = layer_names(config_, layer);
      Layer loaded;
      loaded.norm = EVAL_TRY(vector({names.norm}));
      const auto load_mixer = [&](const auto& shape) -> Result<void> {
        loaded.mixer = EVAL_TRY(mixer(names.mixer, shape));
        return {};
      };
      const Result<void> done = std::visit(load_mixer, layer.mixer);
      if (!done) return fail(done.error());
      model.layers.push_back(std::move(loaded));
    }
    model.final_norm = EVAL_TRY(vector({final_norm_name(config_)}));
    if (!config_.tied_head) {
      model.head = EVAL_TRY(matrix({std::string(kHeadName)}, MatrixUse::Head));
    }
    model.weight_bytes = weight_bytes_;
    return model;
  }

 private:
  using Names = std::vector<std::string>;

  const HostTensor& tensor(const std::string& name) const {
    const HostTensor* found = checkpoint_.find(name);
    EVAL_CHECK(found != nullptr);  // Checkpoint::open demands all of the plan
    return *found;
  }

  Result<void> report(const std::string& name, std::size_t bytes) {
    done_.count += bytes;
    if (progress_) progress_({done_, total_, name});
    if (stop_.stop_requested()) return fail(ErrorCode::Cancelled, "loading was stopped");
    return {};
  }

  Result<MatrixPtr> matrix(const Names& names, MatrixUse use = MatrixUse::Dense) {
    AlignedTensors blocks;
    std::size_t bytes = 0;
    for (const std::string& name : names) {
      blocks.add(tensor(name));
      bytes += tensor(name).bytes.size();
    }
    MatrixPtr loaded = EVAL_TRY_IN(backend_.load_matrix(blocks.tensors(), use), names.front());
    weight_bytes_ = weight_bytes_ + loaded->bytes();
    EVAL_TRY(report(names.front(), bytes));
    return loaded;
  }

  Result<std::vector<float>> floats(const Names& names) {
    std::vector<float> values;
    for (const std::string& name : names) {
      const HostTensor& stored = tensor(name);
      const std::vector<float> part = to_floats(stored);
      for (const float value : part) {
        if (std::isfinite(value)) continue;
        return fail(ErrorCode::BadInput,
                    fmt::format("tensor \"{}\" has a value that is not finite", name),
                    checkpoint_.dir().string(), "the checkpoint is damaged: fetch it again");
      }
      values.insert(values.end(), part.begin(), part.end());
      EVAL_TRY(report(name, stored.bytes.size()));
    }
    return values;
  }

  Result<VectorPtr> upload(const std::vector<float>& values, const std::string& name) {
    VectorPtr loaded = EVAL_TRY_IN(backend_.load_vector(values), name);
    weight_bytes_ = weight_bytes_ + Bytes{values.size() * sizeof(float)};
    return loaded;
  }
  Result<VectorPtr> vector(const Names& names) {
    return upload(EVAL_TRY(floats(names)), names.front());
  }
  Result<VectorPtr> vector_if(bool present, const Names& names) {
    if (!present) return VectorPtr();
    return vector(names);
  }

  Result<AttentionWeights> mixer(const std::string& at, const AttentionShape& shape) {
    AttentionWeights w;
    w.shape = shape;
    w.state_layer = attention_layers_++;
    w.qkv = EVAL_TRY(matrix({at + "q_proj.weight", at + "k_proj.weight", at + "v_proj.weight"},
                            MatrixUse::Attention));
    w.qkv_bias = EVAL_TRY(
        vector_if(shape.qkv_bias, {at + "q_proj.bias", at + "k_proj.bias", at + "v_proj.bias"}));
    w.q_norm = EVAL_TRY(vector_if(shape.qk_norm, {at + "q_norm.weight"}));
    w.k_norm = EVAL_TRY(vector_if(shape.qk_norm, {at + "k_norm.weight"}));
    w.output = EVAL_TRY(matrix({at + "o_proj.weight"}));
    w.output_bias = EVAL_TRY(vector_if(shape.output_bias, {at + "o_proj.bias"}));
    return w;
  }

  Result<MambaLayer> mixer(const std::string& at, const MambaShape& shape) {
    MambaLayer w;
    w.shape = shape;
    w.state_layer = mamba_layers_++;
    w.in_proj = EVAL_TRY(matrix({at + "in_proj.weight"}));
    w.in_bias = EVAL_TRY(vector_if(shape.projection_bias, {at + "in_proj.bias"}));
    w.vectors.conv_weight = EVAL_TRY(vector({at + "conv1d.weight"}));
    w.vectors.conv_bias = EVAL_TRY(vector_if(shape.conv_bias, {at + "conv1d.bias"}));
    w.vectors.dt_bias = EVAL_TRY(vector({at + "dt_bias"}));
    std::vector<float> a = EVAL_TRY(floats({at + "A_log"}));
    for (float& value : a) value = -std::exp(value);
    w.vectors.a = EVAL_TRY(upload(a, at + "A_log"));
    w.vectors.d = EVAL_TRY(vector({at + "D"}));
    w.norm = EVAL_TRY(vector({at + "norm.weight"}));
    w.out_proj = EVAL_TRY(matrix({at + "out_proj.weight"}));
    w.out_bias = EVAL_TRY(vector_if(shape.projection_bias, {at + "out_proj.bias"}));
    return w;
  }

  Result<MlpWeights> mixer(const std::string& at, const MlpShape& shape) {
    MlpWeights w;
    w.shape = shape;
    Names up{at + "up_proj"};
    if (shape.gated) up.insert(up.begin(), at + "gate_proj");
    Names weights;
    Names biases;
    for (const std::string& name : up) {
      weights.push_back(name + ".weight");
      biases.push_back(name + ".bias");
    }
    w.up = EVAL_TRY(matrix(weights));
    w.up_bias = EVAL_TRY(vector_if(shape.bias, biases));
    w.down = EVAL_TRY(matrix({at + "down_proj.weight"}));
    w.down_bias = EVAL_TRY(vector_if(shape.bias, {at + "down_proj.bias"}));
    return w;
  }

  Result<ExpertsPtr> experts(const std::string& at, const MoeShape& shape) {
    AlignedTensors up;
    AlignedTensors down;
    std::size_t bytes = 0;
    for (int expert = 0; expert < shape.experts; ++expert) {
      const std::string name = fmt::format("{}experts.{}.", at, expert);
      up.add(tensor(name + "up_proj.weight"));
      down.add(tensor(name + "down_proj.weight"));
      bytes += tensor(name + "up_proj.weight").bytes.size();
      bytes += tensor(name + "down_proj.weight").bytes.size();
    }
    const ExpertTensors tensors{up.tensors(), down.tensors()};
    ExpertsPtr loaded = EVAL_TRY_IN(backend_.load_experts(tensors), at + "experts");
    weight_bytes_ = weight_bytes_ + loaded->bytes();
    EVAL_TRY(report(at + "experts", bytes));
    return loaded;
  }

  Result<MoeWeights> mixer(const std::string& at, const MoeShape& shape) {
    MoeWeights w;
    w.shape = shape;
    w.gate = EVAL_TRY(matrix({at + "gate.weight"}, MatrixUse::Router));
    w.correction = EVAL_TRY(vector({at + "gate.e_score_correction_bias"}));
    if (shape.latent > 0) w.latent_down = EVAL_TRY(matrix({at + "fc1_latent_proj.weight"}));
    w.experts = EVAL_TRY(experts(at, shape));
    if (shape.latent > 0) w.latent_up = EVAL_TRY(matrix({at + "fc2_latent_proj.weight"}));
    if (shape.shared_width > 0) {
      const MlpShape shared{.width = shape.shared_width, .bias = shape.bias};
      w.shared = EVAL_TRY(mixer(at + "shared_experts.", shared));
    }
    return w;
  }

  const Checkpoint& checkpoint_;
  const ModelConfig& config_;
  Backend& backend_;
  const std::function<void(LoadProgress)>& progress_;
  std::stop_token stop_;
  Bytes total_;
  Bytes done_;
  Bytes weight_bytes_;
  int attention_layers_ = 0;
  int mamba_layers_ = 0;
};

}  // namespace

Result<Model> load_model(const Checkpoint& checkpoint, Backend& backend,
                         const std::function<void(LoadProgress)>& progress, std::stop_token stop) {
  return Loader(checkpoint, backend, progress, std::move(stop)).load();
}

}  // namespace eval::runners::local
