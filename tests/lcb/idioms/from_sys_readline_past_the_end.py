from sys import stdin
while True:
    line = stdin.readline()
    if not line:
        break
    print(int(line) + 1)
