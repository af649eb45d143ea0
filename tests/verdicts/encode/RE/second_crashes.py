def encode(n):
    return n


def decode(n):
    raise RuntimeError("on purpose")
