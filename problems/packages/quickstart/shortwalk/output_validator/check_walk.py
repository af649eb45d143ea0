#!/usr/bin/env python3
"""Usage: check_walk.py INPUT ANSWER FEEDBACK_DIRECTORY < OUTPUT

Follows the walk on the grid. The answer file holds one shortest walk, which gives the length.
"""
import sys
from pathlib import Path

STEPS = {"U": (-1, 0), "D": (1, 0), "L": (0, -1), "R": (0, 1)}


def main():
    input_path, answer_path, feedback = sys.argv[1], sys.argv[2], Path(sys.argv[3])

    def reject(message):
        (feedback / "judgemessage.txt").write_text(message + "\n")
        sys.exit(43)

    grid = Path(input_path).read_text().split("\n")[1:]
    answer = Path(answer_path).read_text().strip()
    # Bytes that are not UTF-8 are the submission's fault, never a crash of this checker.
    tokens = sys.stdin.buffer.read().decode("utf-8", errors="replace").split()
    if len(tokens) != 1:
        reject(f"expected one word, found {len(tokens)}")
    walk = tokens[0]
    if walk == "stuck" or answer == "stuck":
        if walk == answer:
            sys.exit(42)
        if walk == "stuck":
            reject(f"the gate can be reached in {len(answer)} steps")

    row, column = next((i, line.index("S")) for i, line in enumerate(grid) if "S" in line)
    for number, letter in enumerate(walk, start=1):
        if letter not in STEPS:
            reject(f"step {number}: {letter!a} is not a direction")
        row, column = row + STEPS[letter][0], column + STEPS[letter][1]
        if not (0 <= row < len(grid) and 0 <= column < len(grid[row])):
            reject(f"step {number}: leaves the grid")
        if grid[row][column] == "#":
            reject(f"step {number}: walks into a statue")
    if grid[row][column] != "G":
        reject("the walk does not end at the gate")
    if answer == "stuck" or len(walk) < len(answer):
        raise RuntimeError("the output is better than the answer file")
    if len(walk) > len(answer):
        reject(f"the walk has {len(walk)} steps, {len(answer)} are enough")
    sys.exit(42)


main()
