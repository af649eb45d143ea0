a, b = map(int, input().split())
print(a + b)
print()
print(sum(map(int, input().split())))
