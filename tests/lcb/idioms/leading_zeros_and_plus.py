print('+00' + str(int(input()) + 1))
