import sys
while True:
    line = sys.stdin.readline()
    if not line:
        break
    print(int(line) + 1)
