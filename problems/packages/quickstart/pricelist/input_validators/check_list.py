#!/usr/bin/env python3
import re
import sys


def reject(message):
    print(message, file=sys.stderr)
    sys.exit(43)


lines = sys.stdin.read().split("\n")
if lines.pop() != "":
    reject("the last line has no newline")
match = re.fullmatch(r"([1-9][0-9]) ([1-9][0-9]?)", lines[0]) if lines else None
if match is None:
    reject("line 1: expected w and n")
w, n = int(match[1]), int(match[2])
if w > 60 or n > 50 or len(lines) != n + 1:
    reject("w or n is out of range, or n is not the number of items")


def width_of(name, cents):
    return len(name) + 1 + len(str(cents // 100)) + 3


total = 0
for number, line in enumerate(lines[1:], start=2):
    match = re.fullmatch(r"([A-Za-z]{1,20}) ([1-9][0-9]*)", line)
    if match is None or int(match[2]) > 10**6:
        reject(f"line {number}: expected a name and a price")
    if width_of(match[1], int(match[2])) > w:
        reject(f"line {number}: does not fit")
    total += int(match[2])
if width_of("TOTAL", total) > w:
    reject("the total does not fit")
sys.exit(42)
