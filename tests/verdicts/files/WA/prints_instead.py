a, b = map(int, open("in.txt").read().split())
print(a + b)
