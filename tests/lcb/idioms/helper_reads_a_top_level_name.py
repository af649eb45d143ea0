base = 1
def f(x):
    return x + base
print(f(int(input())))
