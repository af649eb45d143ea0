exec('y = 1')
print(int(input()) + y)
