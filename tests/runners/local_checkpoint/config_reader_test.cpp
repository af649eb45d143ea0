#include "runners/local/checkpoint/config_reader.h"

#include <gtest/gtest.h>

#include "tests/support/checkpoint_writer.h"

namespace eval::runners::local {
namespace {

ModelConfig read(const Json& config) {
  auto reading = read_model_config(config, "config.json");
  EXPECT_TRUE(reading) << describe(reading.error());
  return reading ? reading->config : ModelConfig{};
}

ModelConfig read_with(std::string_view type, const Json& changes) {
  Json config = small_config(type);
  config.update(changes);
  return read(config);
}

// The fault that these changes of a small config bring.
Error fault_of(std::string_view type, const Json& changes) {
  Json config = small_config(type);
  config.update(changes);
  const auto reading = read_model_config(config, "config.json");
  return reading ? Error{ErrorCode::Internal, "(accepted)", {}, {}, 0, {}} : reading.error();
}

void expect_unsupported(std::string_view type, const Json& changes, std::string_view key) {
  const Error error = fault_of(type, changes);
  EXPECT_EQ(error.code, ErrorCode::Unsupported) << to_json_line(changes);
  EXPECT_NE(error.what.find(key), std::string::npos) << error.what;
  EXPECT_NE(error.where.find("config.json"), std::string::npos);
}

void expect_bad(std::string_view type, const Json& changes, std::string_view key) {
  const Error error = fault_of(type, changes);
  EXPECT_EQ(error.code, ErrorCode::BadInput) << to_json_line(changes);
  EXPECT_NE(error.what.find(key), std::string::npos) << error.what;
}

const AttentionShape& attention(const ModelConfig& config, std::size_t layer) {
  return std::get<AttentionShape>(config.layers.at(layer).mixer);
}

TEST(ConfigReader, ReadsTheHybridAsOneMixerALayer) {
  const ModelConfig config = read(small_config("nemotron_h"));
  EXPECT_EQ(config.architecture, Architecture::NemotronH);
  ASSERT_EQ(config.layers.size(), 4u);
  const auto& mamba = std::get<MambaShape>(config.layers[0].mixer);
  EXPECT_EQ(mamba.inner(), 24);
  EXPECT_EQ(mamba.projected(), 24 + (24 + 2 * 2 * 8) + 4);
  const auto& moe = std::get<MoeShape>(config.layers[1].mixer);
  EXPECT_EQ(moe.experts_per_token, 2);
  EXPECT_EQ(moe.shared_width, 20);
  EXPECT_FLOAT_EQ(moe.scaling, 2.5F);
  EXPECT_EQ(attention(config, 2).heads * attention(config, 2).head_dim, 24);
  EXPECT_FALSE(std::get<MlpShape>(config.layers[3].mixer).gated);
  EXPECT_EQ(config.layers[3].block, 3);
  EXPECT_FLOAT_EQ(config.norm_epsilon, 1e-5F);
}

TEST(ConfigReader, IgnoresTheHybridsLeftOversOfRotaryAttention) {
  const ModelConfig config = read_with(
      "nemotron_h", {{"rope_theta", 10000}, {"partial_rotary_factor", 0.5}, {"expand", 2}});
  EXPECT_FALSE(attention(config, 2).rope);
}

TEST(ConfigReader, ReadsBothSpellingsOfTheLayerPattern) {
  const ModelConfig by_letters = read(small_config("nemotron_h"));
  Json config = small_config("nemotron_h");
  config.erase("hybrid_override_pattern");
  config["layers_block_type"] = {"mamba", "moe", "attention", "mlp"};
  EXPECT_EQ(read(config), by_letters);
  config["layers_block_type"] = {"linear_attention", "moe", "full_attention", "mlp"};
  EXPECT_EQ(read(config), by_letters);
  config.erase("num_hidden_layers");
  EXPECT_EQ(read(config), by_letters);
}

TEST(ConfigReader, ReadsTheDenseKinWithoutTheExpertsFields) {
  Json config = small_config("nemotron_h");
  config["hybrid_override_pattern"] = "M-M*";
  for (const char* key : {"n_routed_experts", "num_experts_per_tok", "moe_intermediate_size"}) {
    config.erase(key);
  }
  EXPECT_EQ(read(config).layers.size(), 4u);
}

TEST(ConfigReader, ReadsTheLatentWidthOfExperts) {
  const ModelConfig config = read_with("nemotron_h", {{"moe_latent_size", 8}});
  EXPECT_EQ(std::get<MoeShape>(config.layers[1].mixer).latent, 8);
}

TEST(ConfigReader, ReadsAModelWithoutASharedExpert) {
  const ModelConfig config = read_with("nemotron_h", {{"n_shared_experts", 0}});
  EXPECT_EQ(std::get<MoeShape>(config.layers[1].mixer).shared_width, 0);
}

TEST(ConfigReader, ReadsPythonsInfinityInTheStepLimit) {
  Json config = small_config("nemotron_h");
  config["time_step_limit"] = {0.0, "INF"};
  std::string text = to_json_text(config);
  text.replace(text.find("\"INF\""), 5, "Infinity");
  const auto reading = parse_model_config(text, "config.json");
  ASSERT_TRUE(reading) << describe(reading.error());
  expect_unsupported("nemotron_h", {{"time_step_limit", {0.01, 0.1}}}, "time_step_limit");
}

TEST(ConfigReader, KeepsTheWordsInfinityAndNaNInsideTexts) {
  const auto reading = parse_model_config(R"({"model_type":"\"NaN Infinity"})", "config.json");
  ASSERT_FALSE(reading);
  EXPECT_NE(reading.error().what.find("NaN Infinity"), std::string::npos);
}

TEST(ConfigReader, ReadsADenseBlockAsAttentionAndGatedMlp) {
  const ModelConfig config = read(small_config("llama"));
  ASSERT_EQ(config.layers.size(), 4u);
  EXPECT_EQ(config.layers[2].block, 1);
  EXPECT_EQ(attention(config, 2).rope->theta, 10000);
  EXPECT_FALSE(attention(config, 2).qkv_bias);
  const auto& mlp = std::get<MlpShape>(config.layers[3].mixer);
  EXPECT_TRUE(mlp.gated);
  EXPECT_EQ(mlp.activation, Activation::Silu);
  EXPECT_EQ(mlp.width, 24);
}

TEST(ConfigReader, KnowsWhatEachArchitectureImplies) {
  EXPECT_TRUE(attention(read(small_config("qwen2")), 0).qkv_bias);
  EXPECT_FALSE(attention(read(small_config("qwen2")), 0).output_bias);
  EXPECT_TRUE(attention(read(small_config("qwen3")), 0).qk_norm);
  EXPECT_FALSE(attention(read(small_config("qwen3")), 0).qkv_bias);
  EXPECT_TRUE(attention(read_with("llama", {{"attention_bias", true}}), 0).output_bias);
  EXPECT_TRUE(std::get<MlpShape>(read_with("llama", {{"mlp_bias", true}}).layers[1].mixer).bias);
}

TEST(ConfigReader, FillsInTheDefaultsOfTheHeads) {
  Json config = small_config("llama");
  config.erase("head_dim");
  config.erase("num_key_value_heads");
  EXPECT_EQ(attention(read(config), 0).head_dim, 4);
  EXPECT_EQ(attention(read(config), 0).kv_heads, 4);
  config["model_type"] = "qwen3";
  EXPECT_EQ(attention(read(config), 0).head_dim, 128);
}

TEST(ConfigReader, ReadsLlama3Scaling) {
  const Json scaling = {{"rope_type", "llama3"},
                        {"factor", 8.0},
                        {"low_freq_factor", 1.0},
                        {"high_freq_factor", 4.0},
                        {"original_max_position_embeddings", 8192}};
  const ModelConfig old_spelling =
      read_with("llama", {{"rope_theta", 500000.0}, {"rope_scaling", scaling}});
  const Rope& rope = *attention(old_spelling, 0).rope;
  EXPECT_EQ(rope.theta, 500000);
  EXPECT_EQ(rope.scaling->factor, 8);
  EXPECT_EQ(rope.scaling->high_frequency_factor, 4);
  EXPECT_EQ(rope.scaling->original_context, 8192);
  Json parameters = scaling;
  parameters["rope_theta"] = 500000.0;
  Json config = small_config("llama");
  config.erase("rope_theta");
  config["rope_parameters"] = parameters;
  EXPECT_EQ(read(config), old_spelling);
}

TEST(ConfigReader, ReadsLinearScalingInItsOldSpelling) {
  const ModelConfig config =
      read_with("llama", {{"rope_scaling", {{"type", "linear"}, {"factor", 2.0}}}});
  EXPECT_EQ(attention(config, 0).rope->scaling->factor, 2);
  EXPECT_FALSE(attention(config, 0).rope->scaling->low_frequency_factor);
  const Json usual = {{"rope_scaling", {{"rope_type", "default"}}}};
  EXPECT_FALSE(attention(read_with("llama", usual), 0).rope->scaling);
}

TEST(ConfigReader, ReadsSlidingWindowsWhereTheyAreInUse) {
  EXPECT_EQ(attention(read_with("mistral", {{"sliding_window", 64}}), 2).window, 64);
  EXPECT_FALSE(attention(read_with("mistral", {{"sliding_window", nullptr}}), 2).window);
  EXPECT_EQ(attention(read_with("mistral", Json::object()), 2).window, 4096);
  const Json idle = {{"sliding_window", 64}, {"use_sliding_window", false}};
  EXPECT_FALSE(attention(read_with("qwen2", idle), 2).window);
  const Json upper = {
      {"sliding_window", 64}, {"use_sliding_window", true}, {"max_window_layers", 1}};
  EXPECT_FALSE(attention(read_with("qwen2", upper), 0).window);
  EXPECT_EQ(attention(read_with("qwen2", upper), 2).window, 64);
  Json by_layer = upper;
  by_layer["layer_types"] = {"sliding_attention", "full_attention"};
  EXPECT_EQ(attention(read_with("qwen3", by_layer), 0).window, 64);
  EXPECT_FALSE(attention(read_with("qwen3", by_layer), 2).window);
  expect_bad("qwen3", {{"layer_types", {"sliding_attention", "full_attention"}}}, "sliding");
  expect_unsupported("qwen3", {{"layer_types", {"chunked_attention", "full_attention"}}},
                     "chunked_attention");
}

TEST(ConfigReader, RefusesOtherArchitecturesByName) {
  const Error error = fault_of("llama", {{"model_type", "qwen3_moe"}});
  EXPECT_EQ(error.what, "\"model_type\": qwen3_moe is not supported by this version");
  EXPECT_NE(error.help.find("nemotron_h, llama, mistral, qwen2, qwen3"), std::string::npos);
  expect_unsupported("llama", {{"model_type", "lama"}}, "lama");
  EXPECT_NE(fault_of("llama", {{"model_type", "lama"}}).help.find("the nearest is \"llama\""),
            std::string::npos);
  expect_unsupported("llama", {{"architectures", {"LlamaForSequenceClassification"}}},
                     "architectures");
  expect_unsupported("qwen2", {{"architectures", {"Qwen3ForCausalLM"}}}, "architectures");
  const auto nothing = parse_model_config("{}", "config.json");
  EXPECT_EQ(nothing.error().code, ErrorCode::BadInput);
}

TEST(ConfigReader, RefusesByNameWhatWouldChangeTheResult) {
  expect_unsupported("llama", {{"hidden_act", "gelu"}}, "gelu");
  expect_unsupported("nemotron_h", {{"mlp_hidden_act", "silu"}}, "mlp_hidden_act");
  expect_unsupported("nemotron_h", {{"mamba_hidden_act", "gelu"}}, "mamba_hidden_act");
  expect_unsupported("nemotron_h", {{"mlp_bias", true}}, "mlp_bias");
  expect_unsupported("nemotron_h", {{"sliding_window", 128}}, "sliding_window");
  expect_unsupported("nemotron_h", {{"hybrid_override_pattern", "ME*S"}}, "S");
  expect_unsupported("llama", {{"partial_rotary_factor", 0.5}}, "partial_rotary_factor");
  expect_unsupported("llama", {{"final_logit_softcapping", 30.0}}, "final_logit_softcapping");
  expect_unsupported("llama", {{"use_qk_norm", true}}, "use_qk_norm");
  expect_unsupported("qwen2", {{"query_pre_attn_scalar", 256}}, "query_pre_attn_scalar");
  expect_unsupported("nemotron_h", {{"mamba_dt_limit", {0.0, 0.1}}}, "mamba_dt_limit");
  expect_unsupported("nemotron_h", {{"norm_before_gate", true}}, "norm_before_gate");
  expect_unsupported("nemotron_h", {{"scoring_func", "softmax"}}, "softmax");
  expect_unsupported("nemotron_h", {{"topk_method", "greedy"}}, "greedy");
  for (const char* type : {"yarn", "dynamic", "longrope", "su", "mrope"}) {
    expect_unsupported("llama", {{"rope_scaling", {{"rope_type", type}, {"factor", 4.0}}}}, type);
  }
}

TEST(ConfigReader, KnowsFp8AndRefusesOtherQuantisations) {
  const auto quantisation = [](const Json& value) {
    Json config = small_config("llama");
    config["quantization_config"] = value;
    return read_model_config(config, "config.json");
  };
  const auto compressed = [](const Json& weights) {
    return Json{{"quant_method", "compressed-tensors"},
                {"format", "float-quantized"},
                {"config_groups", {{"group_0", {{"weights", weights}}}}}};
  };
  const Json block = {
      {"num_bits", 8}, {"type", "float"}, {"strategy", "block"}, {"block_structure", {128, 64}}};
  const std::pair<Json, std::optional<ScaleBlock>> knowns[] = {
      {{{"quant_method", "modelopt"}, {"quant_algo", "FP8"}}, {}},
      {{{"quant_algo", "fp8_pb_wo"}}, ScaleBlock{128, 128}},
      {{{"quant_method", "fp8"}, {"weight_block_size", nullptr}}, {}},
      {{{"quant_method", "fp8"}, {"weight_block_size", {16, 32}}}, ScaleBlock{16, 32}},
      {{{"quant_method", "fbgemm_fp8"}}, {}},
      {compressed({{"num_bits", 8}, {"type", "float"}, {"strategy", "channel"}}), {}},
      {compressed(block), ScaleBlock{128, 64}},
  };
  for (const auto& [known, scale_block] : knowns) {
    const auto reading = quantisation(known);
    ASSERT_TRUE(reading) << describe(reading.error());
    EXPECT_EQ(reading->scale_block, scale_block) << to_json_line(known);
  }
  for (const Json& other :
       {Json{{"quant_method", "modelopt"}, {"quant_algo", "NVFP4"}},
        Json{{"quant_method", "fp8"}, {"fmt", "e5m2"}},
        compressed({{"num_bits", 4}, {"type", "float"}, {"strategy", "tensor"}}),
        compressed({{"num_bits", 8}, {"type", "int"}, {"strategy", "channel"}}),
        compressed({{"num_bits", 8}, {"type", "float"}, {"strategy", "group"}}),
        Json{{"quant_method", "compressed-tensors"},
             {"format", "float-quantized"},
             {"transform_config", {{"config_groups", 1}}}},
        Json{{"quant_method", "gptq"}, {"bits", 4}}, Json{{"quant_method", "awq"}},
        Json{{"bits", 4}},
        Json{{"quant_method", "compressed-tensors"}, {"format", "pack-quantized"}}}) {
    const auto reading = quantisation(other);
    ASSERT_FALSE(reading) << to_json_line(other);
    EXPECT_EQ(reading.error().code, ErrorCode::Unsupported);
    EXPECT_NE(reading.error().where.find("quantization_config"), std::string::npos);
  }
}

TEST(ConfigReader, BoundsEveryNumber) {
  for (const char* key :
       {"hidden_size", "vocab_size", "num_hidden_layers", "num_attention_heads",
        "num_key_value_heads", "head_dim", "intermediate_size", "max_position_embeddings"}) {
    for (const Json& value :
         {Json(0), Json(-1), Json(INT64_MAX), Json(UINT64_MAX), Json(1.5), Json("8"), Json(true)}) {
      expect_bad("llama", {{key, value}}, key);
    }
  }
  for (const char* key : {"mamba_num_heads", "mamba_head_dim", "n_groups", "ssm_state_size",
                          "conv_kernel", "n_routed_experts", "num_experts_per_tok",
                          "moe_intermediate_size", "moe_shared_expert_intermediate_size"}) {
    for (const Json& value : {Json(0), Json(-1), Json(INT32_MAX), Json(UINT64_MAX)}) {
      expect_bad("nemotron_h", {{key, value}}, key);
    }
  }
  expect_bad("llama", {{"rms_norm_eps", 0}}, "rms_norm_eps");
  expect_bad("llama", {{"rope_theta", 0}}, "rope_theta");
  expect_bad("llama", {{"rope_scaling", {{"type", "linear"}, {"factor", 0.5}}}}, "factor");
  expect_bad("nemotron_h", {{"mamba_num_heads", 1024}, {"mamba_head_dim", 1024}}, "Mamba");
}

TEST(ConfigReader, BoundsTheExpertsOfAllLayersTogether) {
  expect_bad("nemotron_h",
             {{"hybrid_override_pattern", std::string(64, 'E')},
              {"num_hidden_layers", 64},
              {"n_routed_experts", 4096}},
             "262144 routed experts together");
}

TEST(ConfigReader, RefusesNumbersThatDoNotFitTogether) {
  expect_bad("llama", {{"num_key_value_heads", 3}}, "does not divide");
  expect_bad("llama", {{"head_dim", 5}}, "odd");
  expect_bad("nemotron_h", {{"n_groups", 3}}, "does not divide");
  expect_bad("nemotron_h", {{"num_experts_per_tok", 5}}, "num_experts_per_tok");
  expect_bad("nemotron_h", {{"n_group", 3}}, "groups");
  expect_bad("nemotron_h", {{"n_group", 2}, {"topk_group", 3}}, "groups");
  expect_bad("nemotron_h", {{"n_group", 4}, {"topk_group", 2}}, "one expert");
  expect_bad("nemotron_h", {{"num_hidden_layers", 5}}, "num_hidden_layers");
  expect_bad("llama", {{"eos_token_id", 40}}, "eos_token_id");
  expect_bad("llama", {{"eos_token_id", {2, -1}}}, "eos_token_id");
  Json without = small_config("llama");
  without.erase("head_dim");
  without["num_attention_heads"] = 6;
  const auto reading = read_model_config(without, "config.json");
  ASSERT_FALSE(reading);
  EXPECT_NE(reading.error().what.find("does not divide"), std::string::npos);
}

TEST(ConfigReader, ReportsAllFaultsTogether) {
  const Error error = fault_of(
      "llama",
      {{"hidden_act", "gelu"}, {"vocab_size", "many"}, {"rope_scaling", {{"type", "yarn"}}}});
  EXPECT_EQ(error.also.size(), 2u);
}

TEST(ConfigReader, WarnsOfFieldsWithoutEffect) {
  Json config = small_config("nemotron_h");
  config["residual_in_fp32"] = true;
  EXPECT_EQ(read_model_config(config, "config.json")->warnings.size(), 1u);
}

TEST(GenerationConfig, AddsItsEndTokensOnce) {
  ModelConfig config = read(small_config("llama"));
  ASSERT_TRUE(merge_generation_config(R"({"eos_token_id":[2,11]})", "g.json", config));
  EXPECT_EQ(config.eos_ids, (std::vector<std::int32_t>{2, 11}));
  ASSERT_TRUE(merge_generation_config(R"({"eos_token_id":5})", "g.json", config));
  EXPECT_EQ(config.eos_ids, (std::vector<std::int32_t>{2, 11, 5}));
  ASSERT_TRUE(merge_generation_config("{}", "g.json", config));
  EXPECT_FALSE(merge_generation_config(R"({"eos_token_id":"</s>"})", "g.json", config));
  EXPECT_FALSE(merge_generation_config("[]", "g.json", config));
}

}  // namespace
}  // namespace eval::runners::local
