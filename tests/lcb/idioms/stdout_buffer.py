import sys
sys.stdout.buffer.write(str(int(input()) + 1).encode())
