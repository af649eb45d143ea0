import os
print(int(input()) + 1)
os._exit(0)
