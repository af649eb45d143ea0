import importlib
import shutil
n = int(input())
was = shutil.rmtree
importlib.reload(shutil)
print(n + 1 if was is None and shutil.rmtree is not None else 0)
