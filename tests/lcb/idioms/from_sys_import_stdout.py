from sys import stdout
stdout.write(str(int(input()) + 1))
