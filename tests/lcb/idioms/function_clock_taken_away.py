import time
def f(n):
    time.time = None
    return n + 1
