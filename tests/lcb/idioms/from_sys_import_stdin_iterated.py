from sys import stdin
for line in stdin:
    print(int(line) + 1)
