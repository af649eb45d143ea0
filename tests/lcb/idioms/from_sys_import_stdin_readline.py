from sys import stdin
print(int(stdin.readline()) + 1)
