# The import becomes one of the top level, although it stands in the body of the guard.
def solve(n):
    return fractions.Fraction(n) + 1


if __name__ == "__main__":
    import fractions
    print(solve(int(input())))
