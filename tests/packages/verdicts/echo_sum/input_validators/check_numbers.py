#!/usr/bin/env python3
import re
import sys

text = sys.stdin.read()
if re.fullmatch(r"[1-9][0-9]*\n-?[0-9]+(?: -?[0-9]+)*\n", text) is None:
    sys.exit(43)
n, *numbers = map(int, text.split())
sys.exit(42 if n <= 100 and len(numbers) == n and max(map(abs, numbers)) <= 1000 else 43)
