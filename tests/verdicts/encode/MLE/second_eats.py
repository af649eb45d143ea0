def encode(n):
    return n


def decode(n):
    kept = []
    while True:
        kept.append(b"x" * (1 << 20))
