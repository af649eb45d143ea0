import os
os.getcwd()
print(int(input()) + 1)
