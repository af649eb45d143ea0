try:
    from math import *
except ImportError:
    pass
print(int(input()) + 1)
