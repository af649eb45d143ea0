import sys, io
sys.stdin = io.StringIO(sys.stdin.read())
for line in sys.stdin:
    print(int(line) + 1)
