def encode(n):
    return n


def decode(n):
    while True:
        print("a line that is printed for ever and ever" * 10)
