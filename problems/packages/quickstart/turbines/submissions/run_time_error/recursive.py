# One call per turbine: beyond a thousand of them Python refuses.
import sys

heights = list(map(int, sys.stdin.buffer.read().split()))[1:]


def reaches(j, waiting):
    if j == len(heights):
        return 0
    here = 0
    while waiting and heights[waiting[-1]] < heights[j]:
        here += j - waiting.pop()
    waiting.append(j)
    return here + reaches(j + 1, waiting)


print(reaches(0, []))
