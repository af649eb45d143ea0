#!/usr/bin/env python3
"""Writes data/secret. Run from the package folder: python3 generators/generate.py"""
import random
from pathlib import Path

LARGEST = 300_000


def sum_of_reaches(heights):
    total, waiting = 0, []
    for j, height in enumerate(heights):
        while waiting and heights[waiting[-1]] < height:
            total += j - waiting.pop()
        waiting.append(j)
    return total


def main():
    rng = random.Random(20250901)
    testcases = [
        ("01-single", [5]),
        ("02-rising", list(range(1, 21))),
        ("03-falling", list(range(20, 0, -1))),
        ("04-equal", [7] * 15),
        ("05-random-small", [rng.randint(1, 9) for _ in range(50)]),
        ("06-random-tall", [rng.randint(1, 10**6) for _ in range(2000)]),
        ("07-sawtooth", [i % 10 + 1 for i in range(40_000)]),
        # No turbine is ever strictly taller: a scan looks at n^2 / 2 pairs.
        ("08-large-equal", [3] * LARGEST),
        # The one tall turbine stands at the very end; the sum needs more than 32 bits.
        ("09-large-last-is-tall", [8] * (LARGEST - 1) + [9]),
        ("10-large-steps", [9 - i * 9 // LARGEST for i in range(LARGEST)]),
    ]
    folder = Path("data/secret")
    for name, heights in testcases:
        (folder / f"{name}.in").write_text(f"{len(heights)}\n{' '.join(map(str, heights))}\n")
        (folder / f"{name}.ans").write_text(f"{sum_of_reaches(heights)}\n")


main()
