#!/usr/bin/env python3
"""Two tables about the CUDA backend for docs/benchmarks.md, both without a GPU.

  scripts/cuda_report.py resources [ARCH]      registers, shared memory and spills of every kernel, as ptxas
                                               reports them (default: sm_90); fails if one spills
  scripts/cuda_report.py roofline [CONFIG]     bytes and operations of a decode step by batch, and the least
                                               time they take; CONFIG is the config.json of a nemotron_h model
                                               (default: Nemotron-3-Nano-30B-A3B's numbers)
"""
import json
import os
import re
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
KERNELS = "runners/local/cuda/kernels/kernels.cu"
# Bytes a second of memory; operations a second in BF16 without sparsity. Data sheets of the SXM cards.
CARDS = {"H100": (3.35e12, 989e12), "H200": (4.8e12, 989e12)}
CONTEXT = 8192
SPLIT_TOKENS = 512  # kSplitTokens
NANO = dict(hidden_size=2688, vocab_size=131072, hybrid_override_pattern="MEMEM*EMEMEM*EMEMEM*EMEMEM*EMEMEM*EMEMEMEM*EMEMEMEME",
            num_attention_heads=32, num_key_value_heads=2, head_dim=128, mamba_num_heads=64, mamba_head_dim=64,
            n_groups=8, ssm_state_size=128, conv_kernel=4, n_routed_experts=128, num_experts_per_tok=6,
            moe_intermediate_size=1856, moe_shared_expert_intermediate_size=3712)


def nvcc():
    for path in (os.environ.get("CUDACXX"), "/usr/local/cuda/bin/nvcc", "nvcc"):
        if path and subprocess.run(["sh", "-c", 'command -v "$0"', path], capture_output=True).returncode == 0:
            return path
    sys.exit("nvcc was not found: install the CUDA toolkit or set CUDACXX")


def short_name(mangled):
    """attention_kernel<128, 1, true> of its mangled name."""
    name = subprocess.run(["c++filt", mangled], capture_output=True, text=True).stdout.strip()
    return re.search(r"gpu::(\w+(?:<[^>]*>)?)\(", name).group(1)


def resources(arch):
    with tempfile.TemporaryDirectory() as folder:
        made = subprocess.run([nvcc(), "-std=c++20", "-I", ROOT, "-arch", arch, "-Xptxas", "-v", "-c",
                               os.path.join(ROOT, KERNELS), "-o", os.path.join(folder, "kernels.o")],
                              capture_output=True, text=True)
    if made.returncode != 0:
        sys.exit(made.stderr)
    rows, name, spilled = [], None, 0
    for line in made.stderr.splitlines():
        if match := re.search(r"Compiling entry function '(\w+)'", line):
            name = short_name(match.group(1))
        elif match := re.search(r"(\d+) bytes spill stores, (\d+) bytes spill loads", line):
            spilled = int(match.group(1)) + int(match.group(2))
        elif match := re.search(r"Used (\d+) registers", line):
            shared = re.search(r"(\d+) bytes smem", line)
            rows.append((name, int(match.group(1)), int(shared.group(1)) if shared else 0, spilled))
    print(f"| kernel ({arch}) | registers | shared memory, bytes | spills, bytes |\n|---|---|---|---|")
    for row in sorted(rows):
        print("| `{}` | {} | {} | {} |".format(*row))
    return 1 if any(row[3] for row in rows) else 0


def step(config, batch):
    """Bytes by part and operations of one decode step of `batch` sequences, weights in BF16."""
    c = config
    hidden, pattern = c["hidden_size"], c["hybrid_override_pattern"]
    mamba, moe, attention = (pattern.count(kind) for kind in "ME*")
    inner = c["mamba_num_heads"] * c["mamba_head_dim"]
    channels = inner + 2 * c["n_groups"] * c["ssm_state_size"]
    projected = inner + channels + c["mamba_num_heads"]
    heads, kv, dim = c["num_attention_heads"], c["num_key_value_heads"], c["head_dim"]
    dense = (mamba * hidden * (projected + inner) + attention * hidden * (2 * heads + 2 * kv) * dim +
             moe * hidden * (c["n_routed_experts"] + 2 * c["moe_shared_expert_intermediate_size"]) +
             hidden * c["vocab_size"])
    expert = 2 * hidden * c["moe_intermediate_size"]
    touched = c["n_routed_experts"] * (1 - (1 - c["num_experts_per_tok"] / c["n_routed_experts"]) ** batch)
    state = inner * c["ssm_state_size"] * 4
    conv = (c["conv_kernel"] - 1) * channels * 4
    splits = -(-CONTEXT // SPLIT_TOKENS)
    # What one token's activations are written and read, F32 behind products and BF16 before them.
    token = (mamba * (8 * projected + 8 * channels + 8 * inner + 4 * inner) +
             attention * (8 * (heads + 2 * kv) * dim + 4 * heads * dim) +
             moe * (c["num_experts_per_tok"] * (4 * c["moe_intermediate_size"] + 4 * hidden) +
                    12 * c["moe_shared_expert_intermediate_size"]) +
             len(pattern) * hidden * (8 + 4 + 8 + 4) + 8 * c["vocab_size"])
    parts = {
        "dense weights": 2 * dense,
        "experts": 2 * expert * touched * moe,
        "keys, values": batch * attention * CONTEXT * 2 * kv * dim * 2,
        "split results": batch * attention * splits * kv * 16 * (dim + 2) * 4 * 2,
        "state": batch * mamba * 2 * (state + conv),
        "activations": batch * token,
    }
    operations = batch * (2 * (dense + moe * c["num_experts_per_tok"] * expert) +
                          attention * 4 * CONTEXT * heads * dim + mamba * 6 * inner * c["ssm_state_size"])
    return parts, touched, operations


def launches(pattern):
    """Kernels of a decode step: layer by layer, and embedding, gathering, last norm and head."""
    return sum({"M": 7, "E": 12, "*": 7, "-": 5}[kind] for kind in pattern) + 4


def roofline(config):
    first, _, _ = step(config, 1)
    names = list(first)
    print(f"{launches(config['hybrid_override_pattern'])} launches a step, as one graph.\n")
    print("| batch | experts touched | " + " | ".join(f"{n}, GB" for n in names) + " | all, GB | GFLOP | FLOP/byte | " +
          " | ".join(f"{card}, ms | {card}, tokens/s" for card in CARDS) + " |")
    print("|" + "---|" * (len(names) + 5 + 2 * len(CARDS)))
    for batch in (1, 8, 32, 128, 256):
        parts, touched, operations = step(config, batch)
        total = sum(parts.values())
        times = [max(total / speed, operations / peak) for speed, peak in CARDS.values()]
        print(f"| {batch} | {touched:.0f} | " + " | ".join(f"{parts[n] / 1e9:.2f}" for n in names) +
              f" | {total / 1e9:.1f} | {operations / 1e9:.0f} | {operations / total:.1f} | " +
              " | ".join(f"{t * 1e3:.2f} | {batch / t:.0f}" for t in times) + " |")
    return 0


def main(arguments):
    if arguments[:1] == ["resources"] and len(arguments) <= 2:
        return resources(arguments[1] if len(arguments) == 2 else "sm_90")
    if arguments[:1] == ["roofline"] and len(arguments) <= 2:
        return roofline(json.load(open(arguments[1])) if len(arguments) == 2 else NANO)
    sys.exit(__doc__)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
