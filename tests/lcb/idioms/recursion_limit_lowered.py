import sys
sys.setrecursionlimit(500)
def f(n):
    return 0 if n == 0 else 1 + f(n - 1)
print(int(input()) + f(2000) - 1999)
