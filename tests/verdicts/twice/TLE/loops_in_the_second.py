n = int(input())
print(n ** 2, flush=True)
while n != 5:
    pass
