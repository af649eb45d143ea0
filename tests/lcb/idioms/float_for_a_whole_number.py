print(float(int(input()) + 1))
