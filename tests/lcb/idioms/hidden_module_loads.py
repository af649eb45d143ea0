import importlib
n = int(input())
module = importlib.import_module("multi" + "processing")
print(n + 1 if module.cpu_count() > 0 else 0)
