# An import below other statements comes first as well, so that a function sees it.
def solve(n):
    return fractions.Fraction(n) + 1


answer = solve
import fractions
print(answer(int(input())))
