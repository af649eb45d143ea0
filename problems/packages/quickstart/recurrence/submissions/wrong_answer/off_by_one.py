# Takes x_1 for n = 0, too.
x0, x1, a, b, m, n = map(int, input().split())


def product(p, q):
    return [[sum(p[i][k] * q[k][j] for k in range(2)) % m for j in range(2)] for i in range(2)]


power, square, k = [[1, 0], [0, 1]], [[a, b], [1, 0]], max(n - 1, 0)
while k:
    if k & 1:
        power = product(power, square)
    square = product(square, square)
    k >>= 1
print((power[0][0] * x1 + power[0][1] * x0) % m)
