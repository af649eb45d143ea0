import sys
print(sum(int(x) for x in list(sys.stdin)[:1]) + 1)
