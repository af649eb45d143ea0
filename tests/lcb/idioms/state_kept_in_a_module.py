import math
math.calls = getattr(math, 'calls', 0) + 1
print(int(input()) + math.calls)
