# Four neighbours w, w+1, w+2, w+3 always split evenly: the outer two against the inner two.
n = int(input())
if n % 4 in (1, 2):
    print("impossible")
else:
    chosen = [3] if n % 4 == 3 else []
    for w in range(n % 4 + 1, n, 4):
        chosen += [w, w + 3]
    print(len(chosen))
    print(*chosen)
