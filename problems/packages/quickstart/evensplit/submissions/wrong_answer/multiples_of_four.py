# Misses the splits for n = 3, 7, 11, ...
n = int(input())
if n % 4 != 0:
    print("impossible")
else:
    chosen = []
    for w in range(1, n, 4):
        chosen += [w, w + 3]
    print(len(chosen))
    print(*chosen)
