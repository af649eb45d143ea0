#!/usr/bin/env python3
"""Writes models/: tiny checkpoints with random weights, and what a float64 forward pass makes of them.

    tests/runners/local_ops/make_models.py [FOLDER]      # needs numpy; default: models/ beside this file

The pass follows the published modelling code (transformers, models/{nemotron_h,llama,mistral,qwen2,qwen3}) as
plainly as it can: whole sequences, no cache, the scan token by token. It shares nothing with the program it
tests. Weights are those the files hold after rounding, so an expected value is exact for its file.
Same script, same bytes.
"""

import json
import math
import struct
import sys
import zlib
from pathlib import Path

import numpy as np

E4M3 = np.array([(8 + b % 8) * 2.0**(b // 8 - 10) if b >= 8 else b * 2.0**-9 for b in range(127)])


# --- The forward pass ---------------------------------------------------------------------------


def rmsnorm(x, weight, epsilon):
    return weight * x / np.sqrt((x * x).mean(-1, keepdims=True) + epsilon)


def silu(x):
    return x / (1 + np.exp(-x))


def frequencies(config, head_dim):
    rope = config.get("rope_parameters") or config.get("rope_scaling") or {}
    theta = rope.get("rope_theta", config.get("rope_theta", 10000.0))
    f = theta**(-np.arange(0, head_dim, 2) / head_dim)
    kind = rope.get("rope_type", rope.get("type", "default"))
    if kind == "linear":
        return f / rope["factor"]
    if kind == "llama3":
        low, high = rope["low_freq_factor"], rope["high_freq_factor"]
        turns = rope["original_max_position_embeddings"] * f / (2 * math.pi)
        kept = np.clip((turns - low) / (high - low), 0, 1)
        return kept * f + (1 - kept) * f / rope["factor"]
    return f


def rotate(x, f):
    """x [tokens, heads, dim], by position times frequency; pairs are (j, j + dim / 2)."""
    angle = np.arange(len(x))[:, None, None] * f
    a, b = np.split(x, 2, -1)
    return np.concatenate([a * np.cos(angle) - b * np.sin(angle), b * np.cos(angle) + a * np.sin(angle)], -1)


class Reference:
    def __init__(self, config, weights):
        self.config, self.weights = config, weights
        self.margins = []  # by which experts were chosen

    def linear(self, x, name):
        return x @ self.weights[name + ".weight"].T + self.weights.get(name + ".bias", 0)

    def norm(self, x, name):
        config = self.config
        return rmsnorm(x, self.weights[name + ".weight"], config.get("layer_norm_epsilon", config.get("rms_norm_eps")))

    def attention(self, h, at, rotary, window):
        config, tokens = self.config, len(h)
        heads, kv_heads, dim = (config[k] for k in ("num_attention_heads", "num_key_value_heads", "head_dim"))
        q = self.linear(h, at + "q_proj").reshape(tokens, heads, dim)
        k = self.linear(h, at + "k_proj").reshape(tokens, kv_heads, dim)
        v = self.linear(h, at + "v_proj").reshape(tokens, kv_heads, dim)
        if at + "q_norm.weight" in self.weights:
            q, k = self.norm(q, at + "q_norm"), self.norm(k, at + "k_norm")
        if rotary:
            f = frequencies(config, dim)
            q, k = rotate(q, f), rotate(k, f)
        distance = np.arange(tokens)[:, None] - np.arange(tokens)
        seen = (distance >= 0) & (distance < (window or tokens))
        y = np.zeros_like(q)
        for head in range(heads):
            group = head * kv_heads // heads
            scores = np.where(seen, q[:, head] @ k[:, group].T / math.sqrt(dim), -np.inf)
            shares = np.exp(scores - scores.max(-1, keepdims=True))
            y[:, head] = shares / shares.sum(-1, keepdims=True) @ v[:, group]
        return self.linear(y.reshape(tokens, -1), at + "o_proj")

    def mamba(self, h, at):
        config, weights, tokens = self.config, self.weights, len(h)
        heads, dim, groups, state, kernel = (config[k] for k in (
            "mamba_num_heads", "mamba_head_dim", "n_groups", "ssm_state_size", "conv_kernel"))
        inner, channels = heads * dim, heads * dim + 2 * groups * state
        z, xbc, dt = np.split(self.linear(h, at + "in_proj"), [inner, inner + channels], -1)
        taps = weights[at + "conv1d.weight"].reshape(channels, kernel)
        padded = np.concatenate([np.zeros((kernel - 1, channels)), xbc])
        mixed = sum(padded[j:j + tokens] * taps[:, j] for j in range(kernel))
        u, b, c = np.split(silu(mixed + weights.get(at + "conv1d.bias", 0)), [inner, inner + groups * state], -1)
        u = u.reshape(tokens, heads, dim)
        b, c = (np.repeat(x.reshape(tokens, groups, state), heads // groups, 1) for x in (b, c))
        dt = np.logaddexp(0, dt + weights[at + "dt_bias"])
        a = -np.exp(weights[at + "A_log"])
        s, y = np.zeros((heads, dim, state)), np.zeros_like(u)
        for t in range(tokens):
            s = np.exp(dt[t] * a)[:, None, None] * s + np.einsum("h,hp,hn->hpn", dt[t], u[t], b[t])
            y[t] = np.einsum("hpn,hn->hp", s, c[t]) + weights[at + "D"][:, None] * u[t]
        gated = (y.reshape(tokens, inner) * silu(z)).reshape(tokens, groups, inner // groups)
        normed = rmsnorm(gated, 1, config["layer_norm_epsilon"]).reshape(tokens, inner)
        return self.linear(normed * weights[at + "norm.weight"], at + "out_proj")

    def relu2(self, h, at):
        return self.linear(np.maximum(self.linear(h, at + "up_proj"), 0)**2, at + "down_proj")

    def experts(self, h, at):
        config, weights = self.config, self.weights
        scores = 1 / (1 + np.exp(-self.linear(h, at + "gate")))
        x = self.linear(h, at + "fc1_latent_proj") if config.get("moe_latent_size") else h
        y = np.zeros_like(x)
        for t, score in enumerate(scores):
            ranked = (score + weights[at + "gate.e_score_correction_bias"]).reshape(config["n_group"], -1)
            best_groups = np.argsort(-np.sort(ranked)[:, -2:].sum(-1), kind="stable")[:config["topk_group"]]
            kept = np.full_like(ranked, -np.inf)
            kept[best_groups] = ranked[best_groups]
            order, count = np.argsort(-kept.reshape(-1), kind="stable"), config["num_experts_per_tok"]
            self.margins.append(kept.flat[order[count - 1]] - kept.flat[order[count]])
            chosen = order[:count]
            shares = score[chosen] / (score[chosen].sum() + 1e-20 if config["norm_topk_prob"] else 1)
            for expert, share in zip(chosen, shares * config["routed_scaling_factor"]):
                y[t] += share * self.relu2(x[t], f"{at}experts.{expert}.")
        if config.get("moe_latent_size"):
            y = self.linear(y, at + "fc2_latent_proj")
        return y + self.relu2(h, at + "shared_experts.") if config["n_shared_experts"] else y

    def hybrid_block(self, x, i, kind):
        at = f"backbone.layers.{i}."
        h = self.norm(x, at + "norm")
        mix = {"M": self.mamba, "E": self.experts, "-": self.relu2}
        if kind == "*":
            return x + self.attention(h, at + "mixer.", rotary=False, window=None)
        return x + mix[kind](h, at + "mixer.")

    def dense_block(self, x, i):
        at, config = f"model.layers.{i}.", self.config
        sliding = config["model_type"] == "mistral" or (config.get("use_sliding_window") and
                                                        i >= config["max_window_layers"])
        window = config.get("sliding_window") if sliding else None
        x = x + self.attention(self.norm(x, at + "input_layernorm"), at + "self_attn.", True, window)
        h, mlp = self.norm(x, at + "post_attention_layernorm"), at + "mlp."
        gate = silu(self.linear(h, mlp + "gate_proj"))
        return x + self.linear(gate * self.linear(h, mlp + "up_proj"), mlp + "down_proj")

    def forward(self, tokens):
        """Logits of every token, and the residual stream after every block."""
        config = self.config
        hybrid = config["model_type"] == "nemotron_h"
        table = self.weights["backbone.embeddings.weight" if hybrid else "model.embed_tokens.weight"]
        x, after = table[tokens], []
        for i in range(config["num_hidden_layers"]):
            x = self.hybrid_block(x, i, config["hybrid_override_pattern"][i]) if hybrid else self.dense_block(x, i)
            after.append(x)
        head = table if config["tie_word_embeddings"] else self.weights["lm_head.weight"]
        return self.norm(x, "backbone.norm_f" if hybrid else "model.norm") @ head.T, after


# --- The checkpoints ----------------------------------------------------------------------------


def shapes_of(config):
    """Every tensor of the model, by name."""
    shapes, hidden = {}, config["hidden_size"]
    table = [config["vocab_size"], hidden]

    def linear(name, rows, cols, bias=False):
        shapes[name + ".weight"] = [rows, cols]
        if bias:
            shapes[name + ".bias"] = [rows]

    def attention(at, bias, output_bias):
        queries = config["num_attention_heads"] * config["head_dim"]
        keys = config["num_key_value_heads"] * config["head_dim"]
        linear(at + "q_proj", queries, hidden, bias)
        linear(at + "k_proj", keys, hidden, bias)
        linear(at + "v_proj", keys, hidden, bias)
        if config["model_type"] == "qwen3":
            shapes[at + "q_norm.weight"] = shapes[at + "k_norm.weight"] = [config["head_dim"]]
        linear(at + "o_proj", hidden, queries, output_bias)

    def mamba(at):
        heads, bias = config["mamba_num_heads"], config["use_bias"]
        inner = heads * config["mamba_head_dim"]
        channels = inner + 2 * config["n_groups"] * config["ssm_state_size"]
        linear(at + "in_proj", inner + channels + heads, hidden, bias)
        shapes[at + "conv1d.weight"] = [channels, 1, config["conv_kernel"]]
        if config["use_conv_bias"]:
            shapes[at + "conv1d.bias"] = [channels]
        for name in ("dt_bias", "A_log", "D"):
            shapes[at + name] = [heads]
        shapes[at + "norm.weight"] = [inner]
        linear(at + "out_proj", hidden, inner, bias)

    def relu2(at, width, inputs, bias=False):
        linear(at + "up_proj", width, inputs, bias)
        linear(at + "down_proj", inputs, width, bias)

    def experts(at):
        latent = config.get("moe_latent_size")
        linear(at + "gate", config["n_routed_experts"], hidden)
        shapes[at + "gate.e_score_correction_bias"] = [config["n_routed_experts"]]
        for expert in range(config["n_routed_experts"]):
            relu2(f"{at}experts.{expert}.", config["moe_intermediate_size"], latent or hidden)
        if latent:
            linear(at + "fc1_latent_proj", latent, hidden)
            linear(at + "fc2_latent_proj", hidden, latent)
        if config["n_shared_experts"]:
            relu2(at + "shared_experts.", config["moe_shared_expert_intermediate_size"], hidden)

    def hybrid():
        shapes["backbone.embeddings.weight"] = table
        for i, kind in enumerate(config["hybrid_override_pattern"]):
            shapes[f"backbone.layers.{i}.norm.weight"] = [hidden]
            at = f"backbone.layers.{i}.mixer."
            if kind == "M":
                mamba(at)
            elif kind == "E":
                experts(at)
            elif kind == "-":
                relu2(at, config["intermediate_size"], hidden, config["mlp_bias"])
            else:
                attention(at, config["attention_bias"], config["attention_bias"])
        shapes["backbone.norm_f.weight"] = [hidden]

    def dense():
        shapes["model.embed_tokens.weight"] = table
        bias = config.get("attention_bias", False)
        for i in range(config["num_hidden_layers"]):
            at, width = f"model.layers.{i}.", config["intermediate_size"]
            shapes[at + "input_layernorm.weight"] = [hidden]
            attention(at + "self_attn.", bias or config["model_type"] == "qwen2", bias)
            shapes[at + "post_attention_layernorm.weight"] = [hidden]
            for name in ("gate_proj", "up_proj"):
                linear(at + "mlp." + name, width, hidden, config.get("mlp_bias", False))
            linear(at + "mlp.down_proj", hidden, width, config.get("mlp_bias", False))
        shapes["model.norm.weight"] = [hidden]

    hybrid() if config["model_type"] == "nemotron_h" else dense()
    if not config["tie_word_embeddings"]:
        shapes["lm_head.weight"] = table
    return shapes


def draw(rng, name, shape):
    """Values of a size at which everything matters: time steps beyond the usual bounds, corrections that
    change the choice of experts, norms and biases away from 1 and 0."""
    if name.endswith("A_log"):
        return np.log(rng.uniform(0.5, 16, shape))
    if name.endswith("dt_bias"):
        return np.log(np.expm1(np.exp(rng.uniform(math.log(1e-4), math.log(0.5), shape))))
    if name.endswith("correction_bias"):
        return rng.normal(0, 0.2, shape)
    if name.endswith(".bias"):
        return rng.normal(0, 0.3, shape)
    if len(shape) == 1:  # norms and D
        return rng.normal(1, 0.2, shape)
    if "embed" in name:
        return rng.normal(0, 0.3, shape)
    gain = 1.6 if name == "lm_head.weight" or "q_proj" in name or "k_proj" in name else 1
    return rng.normal(0, gain / math.sqrt(shape[-1]), shape)


def encode(values, dtype):
    """The bytes of a tensor and the values they mean."""
    if dtype == "F32":
        stored = values.astype("<f4")
        return stored.tobytes(), stored.astype(np.float64)
    if dtype == "F16":
        stored = values.astype("<f2")
        return stored.tobytes(), stored.astype(np.float64)
    if dtype == "BF16":
        bits = values.astype(np.float32).view(np.uint32)
        bits = bits + 0x7FFF + (bits >> 16 & 1) >> 16
        return bits.astype("<u2").tobytes(), (bits << 16).view(np.float32).astype(np.float64)
    above = np.clip(np.searchsorted(E4M3, np.abs(values)), 1, 126)
    nearest = above - (np.abs(values) - E4M3[above - 1] <= E4M3[above] - np.abs(values))
    bits = (nearest + 128 * (values < 0)).astype(np.uint8)
    return bits.tobytes(), np.where(values < 0, -1, 1) * E4M3[nearest]


def encode_fp8(values, block):
    """E4M3 with a scale for each block of rows and columns (None: all of them)."""
    rows, cols = block[0] or values.shape[0], block[1] or values.shape[1]
    grid = [-(-values.shape[0] // rows), -(-values.shape[1] // cols)]
    peak = np.zeros(grid)
    for (i, j), _ in np.ndenumerate(peak):
        peak[i, j] = np.abs(values[i * rows:(i + 1) * rows, j * cols:(j + 1) * cols]).max()
    scale_bytes, scales = encode(peak / E4M3[-1], "F32")
    each = np.repeat(np.repeat(scales, rows, 0), cols, 1)[:values.shape[0], :values.shape[1]]
    data, meant = encode(values / each, "F8_E4M3")
    return data, meant * each, grid, scale_bytes


def write_safetensors(path, tensors):
    header, end = {"__metadata__": {"format": "pt"}}, 0
    for name, (dtype, shape, data) in tensors.items():
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [end, end + len(data)]}
        end += len(data)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(data for _, _, data in tensors.values()))


def write_model(folder, config, matrix="BF16", vector="F32", shards=1, block=None, suffix="_scale"):
    """`block`: projections are in FP8 with such scales, named by `suffix`."""
    rng = np.random.default_rng(zlib.crc32(folder.name.encode()))
    tensors, weights = {}, {}
    for name, shape in shapes_of(config).items():
        values = draw(rng, name, shape)
        if block and "_proj.weight" in name:
            data, weights[name], grid, scales = encode_fp8(values, block)
            tensors[name] = ("F8_E4M3", shape, data)
            tensors[name + suffix] = ("F32", [] if grid == [1, 1] else grid, scales)
            continue
        dtype = "F32" if name.endswith("A_log") else matrix if len(shape) == 2 else vector
        data, weights[name] = encode(values, dtype)
        tensors[name] = (dtype, shape, data)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(config, indent=1) + "\n")
    if shards == 1:
        write_safetensors(folder / "model.safetensors", tensors)
    else:
        files = {}
        for i in range(shards):
            file = f"model-{i + 1:05}-of-{shards:05}.safetensors"
            part = dict(list(tensors.items())[i::shards])
            write_safetensors(folder / file, part)
            files.update(dict.fromkeys(part, file))
        index = {"metadata": {}, "weight_map": files}
        (folder / "model.safetensors.index.json").write_text(json.dumps(index, separators=(",", ":")) + "\n")
    expected = expect(Reference(config, weights), rng, config["vocab_size"])
    (folder / "expected.json").write_text(json.dumps(expected, separators=(",", ":")) + "\n")


def expect(reference, rng, vocabulary):
    def rounded(values):
        return [float(f"{x:.8g}") for x in values]

    cases = []
    for length in (2, 41, 70):
        tokens = rng.integers(0, vocabulary, length).tolist()
        reference.margins.clear()
        logits, after = reference.forward(tokens)
        routed = {"min_router_margin": float(min(reference.margins))} if reference.margins else {}
        cases.append(routed | {
            "tokens": tokens, "last_logits": rounded(logits[-1]), "argmax": logits.argmax(-1).tolist(),
            "max": rounded(logits.max(-1)), "logsumexp": rounded(np.log(np.exp(logits).sum(-1))),
            "after_block_last_token_norm": rounded(np.linalg.norm(x[-1]) for x in after)})
    prompt = rng.integers(0, vocabulary, 9).tolist()
    greedy, gaps = [], []
    for _ in range(8):
        logits = reference.forward(prompt + greedy)[0][-1]
        second, first = np.sort(logits)[-2:]
        gaps.append(first - second)
        greedy.append(int(logits.argmax()))
    return {"cases": cases, "greedy": [{"prompt": prompt, "greedy": greedy, "min_top2_gap": float(min(gaps))}]}


def dense(model_type, **changes):
    names = {"llama": "Llama", "mistral": "Mistral", "qwen2": "Qwen2", "qwen3": "Qwen3"}
    return {
        "architectures": [names[model_type] + "ForCausalLM"], "model_type": model_type, "hidden_size": 24,
        "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 10,
        "intermediate_size": 36, "hidden_act": "silu", "vocab_size": 56, "rms_norm_eps": 1e-5,
        "rope_theta": 10000.0, "max_position_embeddings": 512, "tie_word_embeddings": False,
        "eos_token_id": 2, "torch_dtype": "bfloat16"} | changes


def hybrid(pattern, **changes):
    return {
        "architectures": ["NemotronHForCausalLM"], "model_type": "nemotron_h", "hidden_size": 24,
        "num_hidden_layers": len(pattern), "hybrid_override_pattern": pattern, "num_attention_heads": 4,
        "num_key_value_heads": 2, "head_dim": 10, "attention_bias": False, "mamba_num_heads": 4,
        "mamba_head_dim": 7, "n_groups": 2, "ssm_state_size": 8, "conv_kernel": 4, "use_conv_bias": True,
        "use_bias": False, "mamba_hidden_act": "silu", "intermediate_size": 28, "mlp_hidden_act": "relu2",
        "mlp_bias": False, "n_routed_experts": 6, "num_experts_per_tok": 2, "n_shared_experts": 1,
        "moe_intermediate_size": 12, "moe_shared_expert_intermediate_size": 20, "routed_scaling_factor": 2.5,
        "norm_topk_prob": True, "n_group": 1, "topk_group": 1, "layer_norm_epsilon": 1e-5, "vocab_size": 56,
        "rope_theta": 10000, "max_position_embeddings": 512, "tie_word_embeddings": False,
        "eos_token_id": [2, 11], "torch_dtype": "bfloat16"} | changes


def fp8_block(rows, cols):
    return {"quant_method": "fp8", "fmt": "e4m3", "weight_block_size": [rows, cols]}


LLAMA3 = {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
          "original_max_position_embeddings": 64}
CHANNELS = {"quant_method": "compressed-tensors", "format": "float-quantized", "config_groups": {"group_0": {
    "targets": ["Linear"], "weights": {"num_bits": 8, "type": "float", "strategy": "channel"}}}}


def write_models(root):
    write_model(root / "llama_llama3_bias", dense("llama", rope_scaling=LLAMA3, attention_bias=True, mlp_bias=True),
                matrix="F16", vector="F16")
    write_model(root / "llama_linear_tied", dense("llama", tie_word_embeddings=True, num_key_value_heads=1,
                                                  rope_parameters={"rope_type": "linear", "factor": 3.0,
                                                                   "rope_theta": 20000.0}), vector="BF16")
    write_model(root / "mistral_window", dense("mistral", sliding_window=13))
    write_model(root / "qwen2_window", dense("qwen2", use_sliding_window=True, sliding_window=9, max_window_layers=1))
    write_model(root / "qwen3_shards", dense("qwen3", rope_theta=1e6, rms_norm_eps=1e-6), shards=3)
    write_model(root / "hybrid_shards", hybrid("ME*M-E"), shards=4)
    write_model(root / "hybrid_latent_groups", hybrid(
        "E*E", moe_latent_size=16, n_routed_experts=12, n_group=4, topk_group=2, num_experts_per_tok=4,
        norm_topk_prob=False, routed_scaling_factor=1.3))
    write_model(root / "hybrid_mamba", hybrid("MM*", n_groups=4, conv_kernel=3, use_conv_bias=False, use_bias=True,
                                              attention_bias=True, layer_norm_epsilon=1e-3))
    write_model(root / "fp8_tensor", hybrid("ME*-", quantization_config={"quant_method": "modelopt",
                                                                         "quant_algo": "FP8"}), block=(None, None))
    write_model(root / "fp8_rows", dense("llama", quantization_config=CHANNELS), block=(1, None))
    write_model(root / "fp8_blocks", hybrid("ME*-", quantization_config=fp8_block(16, 8)), block=(16, 8),
                suffix="_scale_inv")


if __name__ == "__main__":
    write_models(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent / "models")
