print(int(open(0).read()) + 1)
