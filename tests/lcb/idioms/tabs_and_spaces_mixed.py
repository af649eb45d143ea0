if True:
	x = 1
        y = 2
print(int(input()) + 1)
