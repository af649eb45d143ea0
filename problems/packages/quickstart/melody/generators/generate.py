#!/usr/bin/env python3
"""Writes data/secret. Run from the package folder: python3 generators/generate.py"""
import random
from pathlib import Path

LARGEST = 6000


def longest_theme(s, t):
    row = [0] * (len(t) + 1)
    for note in s:
        diagonal = 0
        for j, other in enumerate(t, start=1):
            above = row[j]
            row[j] = diagonal + 1 if note == other else max(above, row[j - 1])
            diagonal = above
    return row[-1]


def main():
    rng = random.Random(64)

    def melody(length, notes="abcdefg"):
        return "".join(rng.choice(notes) for _ in range(length))

    theme = melody(400)
    testcases = [
        ("01-one-note", "a", "a"),
        ("02-nothing-shared", "abcabcabc", "defgdefg"),
        ("03-same", melody(60), None),
        ("04-contained", "gfedcba", "aagaafaaeaadaacaabaaa"),
        ("05-short-random", melody(80), melody(120)),
        ("06-two-notes", melody(200, "ab"), melody(180, "ab")),
        ("07-hidden-theme", "".join(note + melody(2) for note in theme),
         "".join(melody(3) + note for note in theme)),
        ("08-long-and-short", melody(LARGEST), melody(10)),
        ("09-long", melody(LARGEST), melody(LARGEST)),
        ("10-long-shifted", None, melody(LARGEST, "abc")),
    ]
    folder = Path("data/secret")
    for name, s, t in testcases:
        s = t[1000:] + t[:1000] if s is None else s
        t = s if t is None else t
        (folder / f"{name}.in").write_text(f"{s}\n{t}\n")
        (folder / f"{name}.ans").write_text(f"{longest_theme(s, t)}\n")


main()
