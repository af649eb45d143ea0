def encode(n)
    return n
