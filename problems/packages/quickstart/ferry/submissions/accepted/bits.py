n, lane = map(int, input().split())
lengths = list(map(int, input().split()))
# reachable[i]: bit u is set if some of the first i trucks use u decimetres.
full = (1 << (lane + 1)) - 1
reachable = [1]
for length in lengths:
    reachable.append((reachable[-1] | reachable[-1] << length) & full)
used = reachable[-1].bit_length() - 1
trucks = []
for i in range(n, 0, -1):
    if not reachable[i - 1] >> used & 1:
        trucks.append(i)
        used -= lengths[i - 1]
print(len(trucks))
print(*trucks)
