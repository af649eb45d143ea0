import double

print(double.twice(int(input())))
