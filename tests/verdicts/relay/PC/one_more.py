def twice(n):
    return n + n + 1
