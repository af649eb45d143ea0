n = int(input())
print(max(n, 0) + 1)
max = 5
