import sys
n = int(input())
sys.setrecursionlimit(37)
print(n + 1)
