from decimal import Decimal


def f(n):
    return Decimal("1E+1000000")
