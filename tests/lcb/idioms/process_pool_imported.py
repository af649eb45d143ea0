from concurrent.futures import ProcessPoolExecutor
n = int(input())
print(n + 1 if ProcessPoolExecutor else 0)
