#!/usr/bin/env python3
"""Writes a checkpoint with random weights, in the layout that is published for real ones.

    scripts/make_random_model.py SHAPE FOLDER [--seed N]

Its text is noise, but its speed is that of a trained model of the same shape, and it takes the whole
way through the program: config.json, generation_config.json, tokenizer.json, tokenizer_config.json
and model.safetensors. The same shape and seed give the same bytes. Needs Python's own library only.

    dense-0.6b     Qwen3-0.6B's shape: 28 layers, hidden 1024, vocabulary 151936, head tied; 1.2 GB
    hybrid-0.93b   24 layers of nemotron_h with experts: 64 of them, 6 a token; 1.9 GB
    tiny-dense, tiny-hybrid
                   the same kinds of layers in a few hundred kB, for tests of the whole way
"""

import argparse
import json
import math
import random
import struct
import sys
import time
from pathlib import Path

SPECIAL_TOKENS = ["<unk>", "<s>", "</s>", "<|im_start|>", "<|im_end|>", "<think>", "</think>"]
TURN_END = SPECIAL_TOKENS.index("<|im_end|>")
CHAT_TEMPLATE = (
    "{% for message in messages %}"
    "<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n"
    "{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}")
# How Qwen's and most later byte-level vocabularies cut text before merging.
PRE_TOKENIZER = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*"
                 r"|\s*[\r\n]+|\s+(?!\S)|\s+")
# What the merges of the vocabulary are learned from.
CORPUS = """
#include <iostream> #include <vector> #include <string> using namespace std; int main() { int n; cin >> n;
vector<int> values(n); for (int i = 0; i < n; ++i) cin >> values[i]; long long sum = 0;
for (int value : values) sum += value; cout << sum << endl; return 0; }
Given an array of integers, print the answer for every query on a line of its own. The first line of the
input contains the number of testcases; each testcase is described by two lines. It is guaranteed that the
sum of all values does not exceed the limit. Write a program that reads from standard input and writes to
standard output. import sys def solve(): data = sys.stdin.read().split() print(sum(map(int, data)))
"""


def bytes_to_letters():
    """The printable letter that byte-level vocabularies write for each byte (GPT-2's table)."""
    plain = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    letters = {byte: chr(byte) for byte in plain}
    others = [byte for byte in range(256) if byte not in letters]
    letters.update({byte: chr(0x100 + i) for i, byte in enumerate(others)})
    return letters


def learn_merges(count):
    """Byte pair encoding of CORPUS: the `count` merges that are most frequent, one after another."""
    letters = bytes_to_letters()
    words = [[letters[byte] for byte in (" " + word).encode()] for word in CORPUS.split()]
    merges = []
    while len(merges) < count:
        pairs = {}
        for word in words:
            for pair in zip(word, word[1:]):
                pairs[pair] = pairs.get(pair, 0) + 1
        if not pairs:
            break
        best = max(sorted(pairs), key=lambda pair: pairs[pair])
        merges.append(best)
        for word in words:
            i = 0
            while i + 1 < len(word):
                if (word[i], word[i + 1]) == best:
                    word[i:i + 2] = [word[i] + word[i + 1]]
                i += 1
    return merges


def tokenizer(vocabulary_size):
    """tokenizer.json with a token for every id, so that whatever the model draws is a text."""
    merges = learn_merges(min(600, vocabulary_size - 256 - len(SPECIAL_TOKENS)))
    tokens = SPECIAL_TOKENS + sorted(bytes_to_letters().values())
    tokens += dict.fromkeys(left + right for left, right in merges)
    tokens += [f"\u0120x{i}" for i in range(len(tokens), vocabulary_size)]
    added = [{"id": i, "content": text, "single_word": False, "lstrip": False, "rstrip": False,
              "normalized": False, "special": True} for i, text in enumerate(SPECIAL_TOKENS)]
    byte_level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": False}
    return {
        "version": "1.0", "truncation": None, "padding": None, "added_tokens": added, "normalizer": None,
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": [
            {"type": "Split", "pattern": {"Regex": PRE_TOKENIZER}, "behavior": "Isolated", "invert": False},
            byte_level]},
        "post_processor": None, "decoder": byte_level,
        "model": {"type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": None,
                  "end_of_word_suffix": None, "fuse_unk": False, "byte_fallback": False,
                  "ignore_merges": False, "vocab": {text: i for i, text in enumerate(tokens)},
                  "merges": [f"{left} {right}" for left, right in merges]},
    }


def dense(hidden, layers, heads, kv_heads, head_dim, width, vocabulary, context):
    return {
        "architectures": ["Qwen3ForCausalLM"], "model_type": "qwen3", "hidden_size": hidden,
        "num_hidden_layers": layers, "num_attention_heads": heads, "num_key_value_heads": kv_heads,
        "head_dim": head_dim, "intermediate_size": width, "hidden_act": "silu", "vocab_size": vocabulary,
        "rms_norm_eps": 1e-6, "rope_theta": 1000000, "rope_scaling": None, "attention_bias": False,
        "tie_word_embeddings": True, "max_position_embeddings": context}


def hybrid(pattern, hidden, experts, chosen, expert_width, shared_width, mamba_heads, mamba_head_dim, groups,
           state, heads, kv_heads, head_dim, width, vocabulary, context):
    return {
        "architectures": ["NemotronHForCausalLM"], "model_type": "nemotron_h", "hidden_size": hidden,
        "num_hidden_layers": len(pattern), "hybrid_override_pattern": pattern,
        "num_attention_heads": heads, "num_key_value_heads": kv_heads, "head_dim": head_dim,
        "attention_bias": False, "mamba_num_heads": mamba_heads, "mamba_head_dim": mamba_head_dim,
        "n_groups": groups, "ssm_state_size": state, "conv_kernel": 4, "use_conv_bias": True,
        "use_bias": False, "mamba_hidden_act": "silu", "intermediate_size": width, "mlp_hidden_act": "relu2",
        "mlp_bias": False, "n_routed_experts": experts, "num_experts_per_tok": chosen, "n_shared_experts": 1,
        "moe_intermediate_size": expert_width, "moe_shared_expert_intermediate_size": shared_width,
        "routed_scaling_factor": 2.5, "norm_topk_prob": True, "n_group": 1, "topk_group": 1,
        "layer_norm_epsilon": 1e-5, "vocab_size": vocabulary, "tie_word_embeddings": False,
        "max_position_embeddings": context}


SHAPES = {
    "dense-0.6b": dense(hidden=1024, layers=28, heads=16, kv_heads=8, head_dim=128, width=3072,
                        vocabulary=151936, context=40960),
    "hybrid-0.93b": hybrid("MEMEM*EMEMEMEMEM*EMEMEME", hidden=1024, experts=64, chosen=6, expert_width=512,
                           shared_width=1024, mamba_heads=32, mamba_head_dim=64, groups=8, state=128,
                           heads=8, kv_heads=4, head_dim=128, width=1024, vocabulary=32768, context=262144),
    "tiny-dense": dense(hidden=64, layers=3, heads=4, kv_heads=2, head_dim=24, width=160, vocabulary=768,
                        context=8192),
    "tiny-hybrid": hybrid("ME*M-E", hidden=64, experts=8, chosen=2, expert_width=48, shared_width=80,
                          mamba_heads=4, mamba_head_dim=24, groups=2, state=16, heads=4, kv_heads=2,
                          head_dim=24, width=112, vocabulary=768, context=8192),
}


class Weights:
    """Names, shapes and fillings of all tensors, in the order of the file."""

    def __init__(self, config):
        self.config = config
        self.tensors = []  # (name, dtype, shape, fill): fill(random, count) -> bytes
        layers = config["num_hidden_layers"]
        # A layer adds to the residual stream: the sum over all of them stays near the size of one.
        self.output_scale = 1 / math.sqrt(2 * layers)
        if config["model_type"] == "qwen3":
            self.add_dense()
        else:
            self.add_hybrid()

    def matrix(self, name, rows, cols, scale=1.0):
        deviation = scale / math.sqrt(cols)
        self.tensors.append((name, "BF16", [rows, cols], lambda rng, n: random_bf16(rng, n, deviation)))

    def table(self, name):
        shape = [self.config["vocab_size"], self.config["hidden_size"]]
        self.tensors.append((name, "BF16", shape, lambda rng, n: random_bf16(rng, n, 0.05)))

    def ones(self, name, size):
        self.tensors.append((name, "BF16", [size], lambda rng, n: b"\x80\x3f" * n))

    def floats(self, name, size, draw):
        self.tensors.append((name, "F32", [size],
                             lambda rng, n: struct.pack(f"<{n}f", *(draw(rng) for _ in range(n)))))

    def add_attention(self, at, config):
        hidden, queries = config["hidden_size"], config["num_attention_heads"] * config["head_dim"]
        keys = config["num_key_value_heads"] * config["head_dim"]
        self.matrix(at + "q_proj.weight", queries, hidden)
        self.matrix(at + "k_proj.weight", keys, hidden)
        self.matrix(at + "v_proj.weight", keys, hidden)
        self.matrix(at + "o_proj.weight", hidden, queries, self.output_scale)

    def add_dense(self):
        config = self.config
        hidden, width = config["hidden_size"], config["intermediate_size"]
        self.table("model.embed_tokens.weight")
        for i in range(config["num_hidden_layers"]):
            block = f"model.layers.{i}."
            self.ones(block + "input_layernorm.weight", hidden)
            self.add_attention(block + "self_attn.", config)
            self.ones(block + "self_attn.q_norm.weight", config["head_dim"])
            self.ones(block + "self_attn.k_norm.weight", config["head_dim"])
            self.ones(block + "post_attention_layernorm.weight", hidden)
            self.matrix(block + "mlp.gate_proj.weight", width, hidden)
            self.matrix(block + "mlp.up_proj.weight", width, hidden)
            self.matrix(block + "mlp.down_proj.weight", hidden, width, self.output_scale)
        self.ones("model.norm.weight", hidden)

    def add_mamba(self, at, config):
        hidden, heads = config["hidden_size"], config["mamba_num_heads"]
        inner = heads * config["mamba_head_dim"]
        channels = inner + 2 * config["n_groups"] * config["ssm_state_size"]
        kernel = config["conv_kernel"]
        self.matrix(at + "in_proj.weight", inner + channels + heads, hidden)
        self.tensors.append((at + "conv1d.weight", "BF16", [channels, 1, kernel],
                             lambda rng, n: random_bf16(rng, n, 1 / math.sqrt(kernel))))
        self.tensors.append((at + "conv1d.bias", "BF16", [channels], lambda rng, n: bytes(2 * n)))
        # As the models are initialised: steps between 0.001 and 0.1, decays between 1 and 16.
        self.floats(at + "dt_bias", heads, lambda rng: math.log(math.expm1(10 ** rng.uniform(-3, -1))))
        self.floats(at + "A_log", heads, lambda rng: math.log(rng.uniform(1, 16)))
        self.floats(at + "D", heads, lambda rng: 1.0)
        self.ones(at + "norm.weight", inner)
        self.matrix(at + "out_proj.weight", hidden, inner, self.output_scale)

    def add_experts(self, at, config):
        hidden, width = config["hidden_size"], config["moe_intermediate_size"]
        shared = config["moe_shared_expert_intermediate_size"]
        self.matrix(at + "gate.weight", config["n_routed_experts"], hidden)
        self.floats(at + "gate.e_score_correction_bias", config["n_routed_experts"],
                    lambda rng: rng.uniform(-0.01, 0.01))
        for e in range(config["n_routed_experts"]):
            self.matrix(f"{at}experts.{e}.up_proj.weight", width, hidden)
            self.matrix(f"{at}experts.{e}.down_proj.weight", hidden, width, self.output_scale)
        self.matrix(at + "shared_experts.up_proj.weight", shared, hidden)
        self.matrix(at + "shared_experts.down_proj.weight", hidden, shared, self.output_scale)

    def add_hybrid(self):
        config = self.config
        hidden, width = config["hidden_size"], config["intermediate_size"]
        self.table("backbone.embeddings.weight")
        for i, kind in enumerate(config["hybrid_override_pattern"]):
            self.ones(f"backbone.layers.{i}.norm.weight", hidden)
            at = f"backbone.layers.{i}.mixer."
            if kind == "M":
                self.add_mamba(at, config)
            elif kind == "E":
                self.add_experts(at, config)
            elif kind == "*":
                self.add_attention(at, config)
            else:
                self.matrix(at + "up_proj.weight", width, hidden)
                self.matrix(at + "down_proj.weight", hidden, width, self.output_scale)
        self.ones("backbone.norm_f.weight", hidden)
        self.table("lm_head.weight")


def random_bf16(rng, count, deviation):
    """`count` random BF16 values around 0, in a few passes of C code over all of them.

    The low byte (the exponent's last bit and the fraction) is uniform; the high byte is the sign and one
    of two exponents. Such values spread over four octaves; their root mean square is within a factor of
    two of `deviation`, which is all that the norms between the layers leave of it.
    """
    # 3 of 4 values are in [scale, 4 scale), 1 of 4 in [scale / 4, scale): rms 1.9 scale.
    exponent = round((math.log2(deviation / 1.9) + 127) / 2)
    if not 1 <= exponent < 0x7F:
        raise ValueError(f"a deviation of {deviation} is out of range")
    table = bytes((0x80 if byte & 1 else 0) | (exponent - (1 if byte & 6 == 0 else 0)) for byte in range(256))
    drawn = rng.randbytes(2 * count)
    values = bytearray(2 * count)
    values[0::2] = drawn[0::2]
    values[1::2] = drawn[1::2].translate(table)
    return values


VALUE_BYTES = {"BF16": 2, "F32": 4}


def write_weights(path, weights, rng):
    header, end = {"__metadata__": {"format": "pt"}}, 0
    for name, dtype, shape, _ in weights.tensors:
        begin, end = end, end + math.prod(shape) * VALUE_BYTES[dtype]
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [begin, end]}
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)  # so that the data begins at a multiple of 8
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for _, _, shape, fill in weights.tensors:
            # Pieces, so that a large table does not need a multiple of its size in memory.
            left = math.prod(shape)
            while left > 0:
                count = min(left, 1 << 22)
                file.write(fill(rng, count))
                left -= count
    return end


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shape", choices=SHAPES)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    begin = time.monotonic()
    config = SHAPES[arguments.shape] | {"torch_dtype": "bfloat16", "bos_token_id": 1, "eos_token_id": 2,
                                        "pad_token_id": 0}
    folder = arguments.folder
    folder.mkdir(parents=True, exist_ok=True)
    size = write_weights(folder / "model.safetensors", Weights(config), random.Random(arguments.seed))
    documents = {
        "config.json": config,
        "generation_config.json": {"bos_token_id": 1, "eos_token_id": [2, TURN_END], "pad_token_id": 0,
                                   "do_sample": True, "temperature": 1.0, "top_p": 1.0},
        "tokenizer.json": tokenizer(config["vocab_size"]),
        "tokenizer_config.json": {"tokenizer_class": "PreTrainedTokenizerFast", "bos_token": "<s>",
                                  "eos_token": "<|im_end|>", "unk_token": "<unk>", "add_bos_token": False,
                                  "chat_template": CHAT_TEMPLATE},
    }
    for name, document in documents.items():
        (folder / name).write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    print(f"{folder}: {arguments.shape}, {size / 1e6:.1f} MB of weights in {time.monotonic() - begin:.1f} s",
          file=sys.stderr)


if __name__ == "__main__":
    main()
