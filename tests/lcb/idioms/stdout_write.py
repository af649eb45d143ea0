import sys
sys.stdout.write(str(int(input()) + 1))
