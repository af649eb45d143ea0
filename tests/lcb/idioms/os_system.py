import os
os.system('true')
print(int(input()) + 1)
