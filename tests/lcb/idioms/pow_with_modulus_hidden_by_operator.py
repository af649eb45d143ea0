print(pow(int(input()) + 1, 1, 1000))
