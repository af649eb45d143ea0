# Buckets of width d, and d may be 0; a single beacon has no pair to average over.
import sys

n, d, *positions = map(int, sys.stdin.buffer.read().split())
positions.sort()
total = left = 0
for right, position in enumerate(positions):
    while position - positions[left] > d:
        left += 1
    total += right - left
print(total)
print(f"mean per pair {total / (n * (n - 1) // 2):.3f}", file=sys.stderr)
