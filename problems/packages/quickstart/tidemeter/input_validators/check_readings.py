#!/usr/bin/env python3
import re
import sys


def reject(message):
    print(message, file=sys.stderr)
    sys.exit(43)


lines = sys.stdin.read().split("\n")
if lines.pop() != "":
    reject("the last line has no newline")
if not lines or re.fullmatch(r"[1-9][0-9]*", lines[0]) is None:
    reject("line 1: expected n")
n = int(lines[0])
if not 2 <= n <= 10000 or len(lines) != n + 1:
    reject("n is out of range or is not the number of readings")
previous = -1
for number, line in enumerate(lines[1:], start=2):
    match = re.fullmatch(r"(0|[1-9][0-9]*) (-?[0-9]+(?:\.[0-9]{1,3})?)", line)
    if match is None:
        reject(f"line {number}: expected a time and a height")
    time, height = int(match[1]), float(match[2])
    if not previous < time <= 10**6 or not -1000 <= height <= 1000:
        reject(f"line {number}: out of range or not increasing")
    previous = time
sys.exit(42)
