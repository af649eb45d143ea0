#!/usr/bin/env python3
"""Makes data/: two small tokenizers, trained here on the text below, and cases.json: for many ways to
set them up, the ids and texts that the tokenizers library (Rust, 0.22.2) gives.

    npm install --prefix DIR @anush008/tokenizers-linux-x64-gnu@0.6.0
    make_data.py DIR                            writes data/
    make_data.py DIR --compare PROGRAM SEED N   compares PROGRAM with the library on N random texts a
                                                set-up; PROGRAM FILE reads a list of texts as JSON and
                                                writes a list of [ids, text]
"""
import collections
import copy
import json
import pathlib
import random
import subprocess
import sys
import tempfile
import unicodedata

HERE = pathlib.Path(__file__).resolve().parent

TEXT = """
The judge compiles the program once and runs it on every testcase, one after the other. A program that
reads n integers and prints their sum must not print anything else. What the program wrote is compared
with the answer of the jury: white space may differ, numbers may not. We don't guess; they're checked.
int main() { int n; std::cin >> n; for (int i = 0; i < n; ++i) { int x; std::cin >> x; sum += x; } }
def solve(values):
    total = 0
    for value in values:
        total += value
    return total
Let n be a positive integer and let S be the set of pairs (i, j) with 1 <= i < j <= n. Prove that the
number of elements of S is n(n-1)/2. For n = 1 the set is empty, and the claim holds. Für größere n
schließen wir induktiv. Пусть число равно сумме. Что и требовалось доказать. 数の和を求めよ。
HTTPServer xmlHttpRequest parseJSONText 1000000007 998244353 3.14159 2024-08-01 it's I'LL we've
""" * 3


def byte_characters():
    plain = [b for b in range(256) if 0x21 <= b <= 0x7E or 0xA1 <= b <= 0xAC or b >= 0xAE]
    table, extra = {}, 0
    for byte in range(256):
        if byte in plain:
            table[byte] = chr(byte)
        else:
            table[byte] = chr(256 + extra)
            extra += 1
    return table


def train(words, merges_wanted, prefix="", suffix=""):
    """Byte-pair encoding: the most frequent pair first, ties in alphabetical order."""
    counts = collections.Counter()
    for word in words:
        symbols = [c if i == 0 else prefix + c for i, c in enumerate(word)]
        symbols[-1] += suffix
        counts[tuple(symbols)] += 1
    merges = []
    while len(merges) < merges_wanted:
        pairs = collections.Counter()
        for symbols, count in counts.items():
            for pair in zip(symbols, symbols[1:]):
                pairs[pair] += count
        if not pairs:
            break
        best = min(pairs, key=lambda pair: (-pairs[pair], pair))
        merges.append(best)
        joined = best[0] + best[1][len(prefix):] if prefix else best[0] + best[1]
        renewed = collections.Counter()
        for symbols, count in counts.items():
            out, i = [], 0
            while i < len(symbols):
                if symbols[i:i + 2] == best:
                    out.append(joined)
                    i += 2
                else:
                    out.append(symbols[i])
                    i += 1
            renewed[tuple(out)] += count
        counts = renewed
    return merges


def added(id, content, **flags):
    token = {"id": id, "content": content, "single_word": False, "lstrip": False, "rstrip": False,
             "normalized": False, "special": False}
    token.update(flags)
    return token


def vocabulary(first, merges, prefix=""):
    tokens = list(first)
    for left, right in merges:
        joined = left + (right[len(prefix):] if prefix else right)
        if joined not in tokens:
            tokens.append(joined)
    return {token: id for id, token in enumerate(tokens)}


def tokenizer(vocab, merges, added_tokens, **parts):
    model = {"type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": None,
             "end_of_word_suffix": None, "fuse_unk": False, "byte_fallback": False,
             "ignore_merges": False, "vocab": vocab, "merges": merges}
    model.update(parts.pop("model", {}))
    file = {"version": "1.0", "truncation": None, "padding": None, "added_tokens": added_tokens,
            "normalizer": None, "pre_tokenizer": None, "post_processor": None, "decoder": None,
            "model": model}
    file.update(parts)
    return file


def byte_level():
    table = byte_characters()
    words = [" " + word for word in TEXT.split(" ") if word]
    spelled = ["".join(table[b] for b in word.encode()) for word in words]
    merges = train(spelled, 420)
    vocab = vocabulary(sorted(table.values()), merges)
    n = len(vocab)
    tokens = [added(n, "<|start|>", special=True), added(n + 1, "<|end|>", special=True),
              added(n + 2, "<think>"), added(n + 3, "</think>"),
              added(n + 4, "[INST]", special=True, lstrip=True, rstrip=True),
              added(n + 5, "sum", single_word=True, normalized=True),
              added(n + 6, "Größe\u2192", normalized=True), added(n + 7, "    ")]
    return tokenizer(vocab, [f"{a} {b}" for a, b in merges], tokens,
                     pre_tokenizer={"type": "ByteLevel", "add_prefix_space": False,
                                    "trim_offsets": True, "use_regex": True},
                     decoder={"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True,
                              "use_regex": True})


def sentence_piece():
    words = ["\u2581" + word for word in TEXT.replace("\n", " ").split(" ") if word]
    merges = train(words, 420)
    bytes_ = [f"<0x{b:02X}>" for b in range(256)]
    letters = sorted({c for word in words for c in word if c < "\u3000"})
    vocab = vocabulary(["<unk>", "<s>", "</s>"] + bytes_ + letters, [])
    merges = [m for m in merges if all(c in letters for c in m[0] + m[1])]
    vocab = vocabulary(list(vocab), merges)
    tokens = [added(0, "<unk>", special=True), added(1, "<s>", special=True),
              added(2, "</s>", special=True)]
    space = {"type": "Replace", "pattern": {"String": " "}, "content": "\u2581"}
    return tokenizer(
        vocab, [list(m) for m in merges], tokens,
        model={"unk_token": "<unk>", "fuse_unk": True, "byte_fallback": True},
        normalizer={"type": "Sequence",
                    "normalizers": [{"type": "Prepend", "prepend": "\u2581"}, space]},
        decoder={"type": "Sequence", "decoders": [
            {"type": "Replace", "pattern": {"String": "\u2581"}, "content": " "},
            {"type": "ByteFallback"}, {"type": "Fuse"},
            {"type": "Strip", "content": " ", "start": 1, "stop": 0}]})


CONTRACTIONS = "(?i:'s|'t|'re|'ve|'m|'ll|'d)"
PATTERNS = {
    "llama-3": CONTRACTIONS + r"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*"
               r"|\s*[\r\n]+|\s+(?!\S)|\s+",
    "qwen": CONTRACTIONS + r"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*"
            r"|\s*[\r\n]+|\s+(?!\S)|\s+",
    "cl100k": CONTRACTIONS + r"|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]++[\r\n]*"
              r"|\s*[\r\n]|\s+(?!\S)|\s+",
    "o200k": r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+"
             + CONTRACTIONS + r"?|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+"
             r"[\p{Ll}\p{Lm}\p{Lo}\p{M}]*" + CONTRACTIONS + r"?|\p{N}{1,3}"
             r"| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+",
    "tekken": r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+"
              r"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*"
              r"|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+",
}
DEEPSEEK = [r"\p{N}{1,3}", "[\u4e00-\u9fa5\u3040-\u309f\u30a0-\u30ff]+",
            r"[!\"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^" "\r\n" r"\p{L}\p{P}\p{S}]?"
            r"[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[" "\r\n" r"]*|\s*[" "\r\n" r"]+|\s+(?!\S)|\s+"]


def split(pattern, behavior="Isolated", invert=False, kind="Regex"):
    return {"type": "Split", "pattern": {kind: pattern}, "behavior": behavior, "invert": invert}


def then_bytes(*steps):
    return {"type": "Sequence", "pretokenizers": list(steps) + [
        {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": False}]}


def metaspace(scheme, cut):
    return {"type": "Metaspace", "replacement": "\u2581", "prepend_scheme": scheme, "split": cut}


def set_ups():
    """name, base, what is changed in it."""
    yield "gpt2", "byte_level", {}
    yield "gpt2, space in front", "byte_level", {
        "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True,
                          "use_regex": True}}
    for name, pattern in PATTERNS.items():
        yield name, "byte_level", {"pre_tokenizer": then_bytes(split(pattern))}
    yield "llama-3, merges ignored", "byte_level", {
        "pre_tokenizer": then_bytes(split(PATTERNS["llama-3"])), "model": {"ignore_merges": True}}
    yield "deepseek", "byte_level", {"pre_tokenizer": then_bytes(*[split(p) for p in DEEPSEEK])}
    for form in ("NFC", "NFD", "NFKC", "NFKD", "Lowercase"):
        yield form, "byte_level", {"normalizer": {"type": form}}
    yield "without accents", "byte_level", {"normalizer": {"type": "Sequence", "normalizers": [
        {"type": "NFD"}, {"type": "StripAccents"},
        {"type": "Strip", "strip_left": True, "strip_right": True}]}}
    yield "bytes by the normalizer", "byte_level", {
        "normalizer": {"type": "ByteLevel"}, "pre_tokenizer": split("\u0120", "MergedWithNext",
                                                                    kind="String")}
    for behavior in ("Removed", "Isolated", "MergedWithPrevious", "MergedWithNext", "Contiguous"):
        yield f"split {behavior}", "byte_level", {
            "pre_tokenizer": then_bytes(split(r"[\s,.]", behavior))}
        yield f"split inverted {behavior}", "byte_level", {
            "pre_tokenizer": then_bytes(split(r"\w+", behavior, invert=True))}
        yield f"punctuation {behavior}", "byte_level", {
            "pre_tokenizer": then_bytes({"type": "Punctuation", "behavior": behavior})}
    yield "digits", "byte_level", {
        "pre_tokenizer": then_bytes({"type": "Digits", "individual_digits": False})}
    yield "each digit", "byte_level", {
        "pre_tokenizer": then_bytes({"type": "Digits", "individual_digits": True})}
    yield "words", "byte_level", {"pre_tokenizer": then_bytes({"type": "Whitespace"})}
    yield "white space", "byte_level", {"pre_tokenizer": then_bytes({"type": "WhitespaceSplit"})}
    yield "bert", "byte_level", {"pre_tokenizer": then_bytes({"type": "BertPreTokenizer"})}
    yield "delimiter", "byte_level", {
        "pre_tokenizer": then_bytes({"type": "CharDelimiterSplit", "delimiter": "-"})}
    yield "classes", "byte_level", {"pre_tokenizer": then_bytes(
        split(r"[\w']+|[^\S\r\n]+|[\S]\h{2}|\d+\D?|\p{Greek}+|\p{^L}"))}
    yield "llama-2", "sentence_piece", {}
    yield "unknown fused", "sentence_piece", {"model": {"byte_fallback": False}}
    yield "unknown apart", "sentence_piece", {"model": {"byte_fallback": False, "fuse_unk": False}}
    for scheme in ("always", "first", "never"):
        for cut in (True, False):
            yield f"metaspace {scheme} {'cut' if cut else 'whole'}", "sentence_piece", {
                "normalizer": None, "pre_tokenizer": metaspace(scheme, cut),
                "decoder": {"type": "Sequence", "decoders": [
                    {"type": "ByteFallback"},
                    {"type": "Metaspace", "replacement": "\u2581", "prepend_scheme": scheme}]}}
    yield "metaspace after words", "sentence_piece", {
        "normalizer": None, "pre_tokenizer": {"type": "Sequence", "pretokenizers": [
            {"type": "WhitespaceSplit"}, metaspace("first", True)]}}


def word_ends():
    """Prefixes inside of words and a suffix at their end, as the first BPE vocabularies had."""
    words = TEXT.lower().split()
    merges = train(words, 200, "##", "</w>")
    first = sorted({s for w in words for i, c in enumerate(w)
                    for s in (("" if i == 0 else "##") + c + e for e in ("", "</w>"))})
    vocab = vocabulary(first + ["[UNK]"], merges, "##")
    return tokenizer(vocab, [f"{a} {b}" for a, b in merges], [],
                     model={"unk_token": "[UNK]", "continuing_subword_prefix": "##",
                            "end_of_word_suffix": "</w>"},
                     normalizer={"type": "Lowercase"}, pre_tokenizer={"type": "WhitespaceSplit"},
                     decoder={"type": "Fuse"})


def changed(base, change):
    file = copy.deepcopy(base)
    for key, value in change.items():
        if key == "model":
            file["model"].update(value)
        else:
            file[key] = value
    return file


STRINGS = [
    "", " ", "   ", "\n", " \n ", "\r\n\r\n", "\t\tx", "a", "The judge compiles the program.",
    "  two  spaces  ", "don't WE'RE I'LL it's x'\u017f O'Neil's 'Ll", "12345 1000000007 3.14 \u0967\u0968\u0969 \u00bd\u2163",
    "HTTPServer xmlHttpRequest snake_case_name", "for (int i = 0; i < n; ++i) { sum += x; }",
    "def f(x):\n    return x + 1\n\n\n# done", "\u041f\u0443\u0441\u0442\u044c \u0447\u0438\u0441\u043b\u043e", "\u6570\u306e\u548c\u3092\u6c42\u3081\u3088\u3002\u4e2d\u6587",
    "\ud55c\uad6d\uc5b4 \u1112\u1161\u11ab", "e\u0301 \u00e9 \u212b \ufb01 \uff21 \u0130 \u01c5 \u02b0", "\u0928\u092e\u0938\u094d\u0924\u0947", "\U0001f468\u200d\U0001f469\u200d\U0001f467 \U0001f600",
    "\u00a0\u3000\u2028\u0085\u180e\u200b x", "<|start|>user\nHi<|end|>", "<think>\n\n</think>", "<|start", "<|end|><|end|>",
    "x [INST]  y[INST]z \t[INST]", "[INST]      x", "sum sums sum. asum sum", "Gr\u00f6\u00dfe\u2192 Gro\u0308\u00dfe\u2192gr\u00f6\u00dfe\u2192", "        x", "     y",
    "<s>a</s> <unk> <0x0A>", "\u2581a \u2581\u2581b", "a\u0000b\u0001", "-a--b-", "a.b, c;d!?", "ab12cd34 f00 \u03b1\u03b2\u03b3x",
    "\ufeffBOM \uffff \U0010ffff", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "the the the \n  \n the",
]

ORACLE = r"""
const library = require(process.argv[1] + '/node_modules/@anush008/tokenizers-linux-x64-gnu');
const fs = require('fs');
(async () => {
  const tokenizer = library.Tokenizer.fromFile(process.argv[2]);
  const out = [];
  for (const text of JSON.parse(fs.readFileSync(0, 'utf8'))) {
    const ids = Array.from((await tokenizer.encode(text, null, {addSpecialTokens: false})).getIds());
    out.push([ids, await tokenizer.decode(ids, false)]);
  }
  console.log(JSON.stringify(out));
})().catch((error) => { console.error(error); process.exit(1); });
"""


def ask(command, strings):
    done = subprocess.run(command, input=json.dumps(strings), capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{command[0]} failed: {done.stderr}")
    return json.loads(done.stdout)


def oracle(folder, path, strings):
    return ask(["node", "-e", ORACLE, str(pathlib.Path(folder).resolve()), str(path)], strings)


def random_text(source):
    ranges = [(0x20, 0x7E)] * 6 + [(0, 0x1F), (0x80, 0x24F), (0x250, 0x4FF), (0x590, 0x6FF), (0x900, 0x97F),
              (0xE00, 0xE7F), (0x1100, 0x11FF), (0x1680, 0x180F), (0x1E00, 0x23FF), (0x2460, 0x24FF),
              (0x3000, 0x33FF), (0x4E00, 0x4E80), (0xAC00, 0xAC80), (0xF900, 0xFB4F), (0xFF00, 0xFFEF),
              (0x1D400, 0x1D7FF), (0x1F300, 0x1F6FF)]
    out = []
    for _ in range(source.randint(0, 10)):
        kind = source.random()
        if kind < 0.3:
            out.append(source.choice(TEXT.split(" ")))
        elif kind < 0.5:
            out.append(source.choice(STRINGS))
        elif kind < 0.7:
            out.append(source.choice([" ", "  ", "\n", "\n\n", "\t", "\r\n", "    "]))
        else:
            character = chr(source.randint(*source.choice(ranges)))
            if unicodedata.category(character) not in ("Cn", "Cs"):
                out.append(character * source.choice([1, 1, 2, 3]))
    return "".join(out)


def compare(folder, bases, program, seed, count):
    source = random.Random(seed)
    faults = 0
    with tempfile.TemporaryDirectory() as place:
        path = pathlib.Path(place) / "tokenizer.json"
        for name, base, change in list(set_ups()) + [("word ends", "word_ends", {})]:
            path.write_text(json.dumps(changed(bases[base], change)))
            strings = [random_text(source) for _ in range(count)]
            for text, want, got in zip(strings, oracle(folder, path, strings),
                                       ask([program, str(path)], strings)):
                if want != got:
                    faults += 1
                    print(f"{name}: {text!r}\n  library {want}\n  ours    {got}")
    print(f"{faults} differences")
    return 1 if faults else 0


def main():
    folder = sys.argv[1]
    bases = {"byte_level": byte_level(), "sentence_piece": sentence_piece(), "word_ends": word_ends()}
    if len(sys.argv) > 2:
        sys.exit(compare(folder, bases, sys.argv[3], int(sys.argv[4]), int(sys.argv[5])))
    cases = []
    with tempfile.TemporaryDirectory() as place:
        path = pathlib.Path(place) / "tokenizer.json"
        for name, base, change in list(set_ups()) + [("word ends", "word_ends", {})]:
            path.write_text(json.dumps(changed(bases[base], change)))
            cases.append({"name": name, "base": base, "change": change,
                          "results": oracle(folder, path, STRINGS)})
    for name, base in bases.items():
        (HERE / "data" / f"{name}.json").write_text(json.dumps(base, ensure_ascii=False) + "\n")
    lines = ",\n".join(json.dumps(case) for case in cases)
    (HERE / "data" / "cases.json").write_text(
        f'{{"strings": {json.dumps(STRINGS)},\n"cases": [\n{lines}\n]}}\n')


if __name__ == "__main__":
    main()
