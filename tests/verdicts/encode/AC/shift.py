def encode(n):
    return n + 1000


def decode(n):
    return n - 1000
