import sys
print(int(sys.stdin.buffer.read()) + 1)
