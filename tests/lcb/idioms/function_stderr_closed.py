import sys
def f(n):
    sys.stderr.close()
    return n + 1
