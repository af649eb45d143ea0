import sys
lines = sys.stdin.readlines()
print(int(lines[0]) + 1)
