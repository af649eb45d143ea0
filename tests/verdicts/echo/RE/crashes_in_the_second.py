n = int(input())
if n == 8:
    raise RuntimeError("on purpose")
print(n)
