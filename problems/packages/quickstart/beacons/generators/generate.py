#!/usr/bin/env python3
"""Writes data/secret. Run from the package folder: python3 generators/generate.py"""
import random
from pathlib import Path


def pairs(d, positions):
    positions = sorted(positions)
    total = left = 0
    for right, position in enumerate(positions):
        while position - positions[left] > d:
            left += 1
        total += right - left
    return total


def main():
    rng = random.Random(206)

    def coast(n, length):
        return [rng.randint(0, length) for _ in range(n)]

    testcases = [
        ("group1/01-alone", 5, [7]),
        ("group1/02-border", 10, [0, 10, 20, 31, 41]),
        ("group1/03-one-place", 0, [4] * 30),
        ("group1/04-random", 25, coast(100, 400)),
        ("group2/01-random", 1000, coast(2000, 100_000)),
        ("group2/02-far-apart", 10**9, coast(1500, 10**9)),
        ("group2/03-clusters", 3, [100 * rng.randint(0, 40) + rng.randint(0, 9) for _ in range(2000)]),
        # About 2e10 pairs: a 32-bit count overflows, and looking at every pair takes too long.
        ("group3/01-one-village", 9, coast(200_000, 9)),
        ("group3/02-even-coast", 30_000, coast(200_000, 99_999)),
        ("group3/03-long-coast", 400_000_000, coast(60_000, 10**9)),
    ]
    folder = Path("data/secret")
    for name, d, positions in testcases:
        line = " ".join(map(str, positions))
        (folder / f"{name}.in").write_text(f"{len(positions)} {d}\n{line}\n")
        (folder / f"{name}.ans").write_text(f"{pairs(d, positions)}\n")


main()
