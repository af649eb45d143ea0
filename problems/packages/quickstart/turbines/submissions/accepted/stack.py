import sys


def main():
    heights = list(map(int, sys.stdin.buffer.read().split()))[1:]
    total = 0
    waiting = []
    for j, height in enumerate(heights):
        while waiting and heights[waiting[-1]] < height:
            total += j - waiting.pop()
        waiting.append(j)
    print(total)


main()
