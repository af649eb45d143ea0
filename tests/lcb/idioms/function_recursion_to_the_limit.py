import sys
def count(n):
    return n if n == 0 else 1 + count(n - 1)
def f(n):
    sys.setrecursionlimit(1000)
    assert count(955 if n == 3 else 970)
    return n + 1
