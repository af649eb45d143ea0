import sys
n = int(sys.stdin.readline())
print(sum(map(int, sys.stdin.read().split())))
