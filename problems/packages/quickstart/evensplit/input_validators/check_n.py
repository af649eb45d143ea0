#!/usr/bin/env python3
import re
import sys

text = sys.stdin.read()
if re.fullmatch(r"[1-9][0-9]*\n", text) is None or int(text) > 1000:
    print("expected one integer between 1 and 1000", file=sys.stderr)
    sys.exit(43)
sys.exit(42)
