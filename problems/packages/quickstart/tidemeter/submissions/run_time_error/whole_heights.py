# int() refuses "12.5".
n = int(input())
readings = [tuple(map(int, input().split())) for _ in range(n)]
area = sum((b[0] - a[0]) * (a[1] + b[1]) / 2 for a, b in zip(readings, readings[1:]))
print(area / (readings[-1][0] - readings[0][0]))
