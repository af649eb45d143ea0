from sys import stdin
print(int(stdin.read()) + 1)
