import sys
print('debug', file=sys.stderr)
print(int(input()) + 1)
