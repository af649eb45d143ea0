n = int(input())
print(n ** 2, flush=True)
kept = []
while n != 5:
    kept.append(b"x" * (1 << 20))
