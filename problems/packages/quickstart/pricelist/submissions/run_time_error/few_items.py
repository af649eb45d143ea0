# Reads one line too many.
w, n = map(int, input().split())
items = [input().split() for _ in range(n + 1)]
for name, cents in items:
    print(name, cents)
