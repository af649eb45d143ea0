#!/usr/bin/env python3
import re
import sys

text = sys.stdin.read()
match = re.fullmatch(r"(0|[1-9][0-9]*) (0|[1-9][0-9]*)\n", text)
if match is None:
    print("expected one line with two integers", file=sys.stderr)
    sys.exit(43)
if any(int(number) > 10**18 for number in match.groups()):
    print("a weight is above 10^18", file=sys.stderr)
    sys.exit(43)
sys.exit(42)
