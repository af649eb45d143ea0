#!/usr/bin/env python3
import re
import sys

text = sys.stdin.read()
if re.fullmatch(r"[1-9][0-9]* [1-9][0-9]*\n[1-9][0-9]*(?: [1-9][0-9]*)*\n", text) is None:
    print("expected a line with n and L and a line with lengths", file=sys.stderr)
    sys.exit(43)
n, lane, *lengths = map(int, text.split())
if n > 100 or lane > 10000 or len(lengths) != n or max(lengths) > 1000 or min(lengths) > lane:
    print("a number is out of range, or no truck fits", file=sys.stderr)
    sys.exit(43)
sys.exit(42)
