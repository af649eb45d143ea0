x0, x1, a, b, m, n = map(int, input().split())
for _ in range(n):
    x0, x1 = x1, (a * x1 + b * x0) % m
print(x0)
