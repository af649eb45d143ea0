import sys
n = int(input())
input = sys.stdin.readline
print(n + 1)
