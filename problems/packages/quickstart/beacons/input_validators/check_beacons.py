#!/usr/bin/env python3
"""Takes the argument max_n=N in the subtasks with a limit of their own."""
import re
import sys

limits = dict(argument.split("=") for argument in sys.argv[1:])
max_n = int(limits.get("max_n", 200_000))
text = sys.stdin.read()
if re.fullmatch(r"[0-9]+ [0-9]+\n[0-9]+(?: [0-9]+)*\n", text) is None:
    print("expected a line with n and d and a line with positions", file=sys.stderr)
    sys.exit(43)
n, d, *positions = map(int, text.split())
if not 1 <= n <= max_n or len(positions) != n or max(d, *positions) > 10**9:
    print("a number is out of range, or n is not the number of positions", file=sys.stderr)
    sys.exit(43)
sys.exit(42)
