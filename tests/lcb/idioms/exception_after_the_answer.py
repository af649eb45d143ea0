print(int(input()) + 1)
1 / 0
