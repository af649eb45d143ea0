def encode(n):
    while True:
        pass


def decode(n):
    return n
