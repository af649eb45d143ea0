blocks = []
for _ in range(512):
    blocks.append(bytearray(b"x") * (1 << 20))
print(len(blocks))
