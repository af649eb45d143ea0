# Expects one length a line.
n, lane = map(int, input().split())
lengths = [int(input()) for _ in range(n)]
print(len(lengths))
