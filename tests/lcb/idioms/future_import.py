from __future__ import annotations
print(int(input()) + 1)
