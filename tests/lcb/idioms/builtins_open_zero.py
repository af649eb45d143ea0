import builtins
print(int(builtins.open(0).read()) + 1)
