import os
print(int(os.read(0, 100)) + 1)
