import sys
print(int(sys.stdin.buffer.readline()) + 1)
