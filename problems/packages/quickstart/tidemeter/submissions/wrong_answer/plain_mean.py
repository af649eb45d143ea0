# Ignores how long each height lasted.
n = int(input())
print(sum(float(input().split()[1]) for _ in range(n)) / n)
