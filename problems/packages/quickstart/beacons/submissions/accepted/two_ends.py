import sys


def main():
    n, d, *positions = map(int, sys.stdin.buffer.read().split())
    positions.sort()
    total = left = 0
    for right, position in enumerate(positions):
        while position - positions[left] > d:
            left += 1
        total += right - left
    print(total)


main()
