import sys
print(int(sys.stdin.read()) + 1)
