#!/usr/bin/env python3
import re
import sys


def reject(message):
    print(message, file=sys.stderr)
    sys.exit(43)


lines = sys.stdin.read().split("\n")
if lines.pop() != "":
    reject("the last line has no newline")
match = re.fullmatch(r"([1-9][0-9]?) ([1-9][0-9]?)", lines[0]) if lines else None
if match is None:
    reject("line 1: expected r and c")
r, c = int(match[1]), int(match[2])
if r > 40 or c > 40 or r * c < 2 or len(lines) != r + 1:
    reject("r or c is out of range, or r is not the number of rows")
for number, line in enumerate(lines[1:], start=2):
    if re.fullmatch(r"[.#SG]{%d}" % c, line) is None:
        reject(f"line {number}: expected {c} squares")
grid = "".join(lines[1:])
if grid.count("S") != 1 or grid.count("G") != 1:
    reject("expected one S and one G")
sys.exit(42)
