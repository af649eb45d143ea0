#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

// What a checkpoint's config.json says, reduced to what the forward pass needs. One table of layers
// covers every architecture: a layer is one norm and one mixer, so a Llama block is two layers.
namespace eval::runners::local {

enum class Architecture { NemotronH, Llama, Mistral, Qwen2, Qwen3 };
// "nemotron_h", "llama", ... as config.json's model_type spells it.
std::string_view architecture_name(Architecture architecture);

// Rotary position embedding. Pairs (j, j + D/2), f_j = theta^(-2j/D), angle = position * f_j.
struct Rope {
  double theta = 10000;
  // Llama 3.1's scaling by wavelength; absent: none. A linear scaling is factor with no cut-offs.
  struct Scaling {
    double factor = 1;
    std::optional<double> low_frequency_factor;  // both set: "llama3"; neither: "linear"
    std::optional<double> high_frequency_factor;
    std::int64_t original_context = 0;
    friend bool operator==(const Scaling&, const Scaling&) = default;
  };
  std::optional<Scaling> scaling;
  friend bool operator==(const Rope&, const Rope&) = default;
};

// Causal attention; query head h reads key/value head h / (heads / kv_heads).
struct AttentionShape {
  int heads = 0;
  int kv_heads = 0;
  int head_dim = 0;  // heads * head_dim need not equal the hidden size
  bool qkv_bias = false;
  bool output_bias = false;
  bool qk_norm = false;       // RMSNorm over head_dim, per head, before the rotation
  std::optional<Rope> rope;   // absent: no positional encoding at all (nemotron_h)
  std::optional<int> window;  // sliding window in tokens, the current one included
  friend bool operator==(const AttentionShape&, const AttentionShape&) = default;
};

// Mamba-2. Inner width I = heads * head_dim; convolved channels C = I + 2 * groups * state.
struct MambaShape {
  int heads = 0;
  int head_dim = 0;
  int groups = 0;  // head h belongs to group h * groups / heads
  int state = 0;
  int kernel = 4;
  bool conv_bias = true;
  bool projection_bias = false;  // of in_proj and out_proj
  int inner() const { return heads * head_dim; }
  int channels() const { return inner() + 2 * groups * state; }
  int projected() const { return inner() + channels() + heads; }  // [z | xBC | dt]
  friend bool operator==(const MambaShape&, const MambaShape&) = default;
};

// Routed experts with relu2 and no gate projection, and one shared expert (shared_width 0: none).
struct MoeShape {
  int experts = 0;
  int experts_per_token = 0;
  int groups = 1;  // the router's groups; kept: groups_kept of them
  int groups_kept = 1;
  int expert_width = 0;
  int shared_width = 0;
  int latent = 0;         // width the routed experts work in; 0: the hidden size
  float scaling = 1;      // routed_scaling_factor
  bool normalise = true;  // chosen weights sum to 1 before scaling
  bool bias = false;
  friend bool operator==(const MoeShape&, const MoeShape&) = default;
};

enum class Activation { Relu2, Silu };  // relu2(x) = max(x, 0)^2

struct MlpShape {
  int width = 0;
  bool gated = false;  // down(act(gate h) * up h), else down(act(up h))
  Activation activation = Activation::Relu2;
  bool bias = false;
  friend bool operator==(const MlpShape&, const MlpShape&) = default;
};

struct LayerConfig {
  std::variant<AttentionShape, MambaShape, MoeShape, MlpShape> mixer;
  int block = 0;  // i of "layers.{i}" in the tensor names
  friend bool operator==(const LayerConfig&, const LayerConfig&) = default;
};

struct ModelConfig {
  Architecture architecture = Architecture::Llama;
  std::int64_t vocabulary = 0;
  int hidden = 0;
  float norm_epsilon = 1e-5F;
  bool tied_head = false;        // lm_head is the embedding
  std::int64_t context_max = 0;  // max_position_embeddings
  std::vector<LayerConfig> layers;
  std::vector<std::int32_t> eos_ids;
  std::optional<std::int32_t> bos_id;
  friend bool operator==(const ModelConfig&, const ModelConfig&) = default;
};

// What one sequence keeps between steps. All attention layers of a model share one shape, and all
// Mamba layers another.
struct StateShape {
  int attention_layers = 0;
  int kv_heads = 0;
  int head_dim = 0;
  int mamba_layers = 0;
  MambaShape mamba = {};
  friend bool operator==(const StateShape&, const StateShape&) = default;
};
// Internal error in a check if layers of one kind differ: the config reader refuses such a model.
StateShape state_shape(const ModelConfig& config);

}  // namespace eval::runners::local
