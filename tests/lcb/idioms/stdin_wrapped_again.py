import sys, io
sys.stdin = io.TextIOWrapper(sys.stdin.buffer)
print(int(input()) + 1)
