n = int(input())
if n != 5:
    raise RuntimeError("on purpose")
print(n ** 2)
