import builtins
n = int(input())
print(n + 1)
builtins.str = None
