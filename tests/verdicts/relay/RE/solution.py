def twice(n):
    return n // 0
