# First come, first served.
n, lane = map(int, input().split())
taken = []
for number, length in enumerate(map(int, input().split()), start=1):
    if length <= lane:
        lane -= length
        taken.append(number)
print(len(taken))
print(*taken)
