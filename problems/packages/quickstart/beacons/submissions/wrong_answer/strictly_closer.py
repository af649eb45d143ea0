# Leaves out the pairs that are exactly d apart: wrong in every subtask.
import sys

n, d, *positions = map(int, sys.stdin.buffer.read().split())
positions.sort()
total = left = 0
for right, position in enumerate(positions):
    while left < right and position - positions[left] >= d:
        left += 1
    total += right - left
print(total)
