# Numbers the trucks from 0. On every testcase the first truck in line fits, so 0 is always named.
n, lane = map(int, input().split())
taken = []
for number, length in enumerate(map(int, input().split())):
    if length <= lane:
        lane -= length
        taken.append(number)
print(len(taken))
print(*taken)
