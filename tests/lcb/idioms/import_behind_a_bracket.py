n = int(input())
print(bisect.bisect_left([1, 2, 3], n)); x = (
    1); import bisect
