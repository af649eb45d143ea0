#!/usr/bin/env python3
import re
import sys

text = sys.stdin.read()
if re.fullmatch(r"[1-9][0-9]*\n[1-9][0-9]*(?: [1-9][0-9]*)*\n", text) is None:
    print("expected a line with n and a line with heights", file=sys.stderr)
    sys.exit(43)
n, *heights = map(int, text.split())
if n > 300000 or len(heights) != n or max(heights) > 10**6:
    print("n or a height is out of range, or n is not the number of heights", file=sys.stderr)
    sys.exit(43)
sys.exit(42)
