import sys
print(int(input()) + 1, file=sys.stdout)
