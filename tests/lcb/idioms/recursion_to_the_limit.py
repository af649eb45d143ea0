import sys
sys.setrecursionlimit(1000)
def count(n):
    return n if n == 0 else 1 + count(n - 1)
n = int(input())
print(n + 1 if count(970) == 970 else 0)
