x = 1
print(int(input()) + globals()['x'])
