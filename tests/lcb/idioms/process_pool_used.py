from concurrent.futures import ProcessPoolExecutor
n = int(input())
with ProcessPoolExecutor(1) as pool:
    print(*pool.map(abs, [n + 1]))
