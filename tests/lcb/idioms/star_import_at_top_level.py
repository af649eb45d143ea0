from math import *
print(int(input()) + int(floor(1.5)))
