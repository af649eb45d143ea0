print(10 ** 6000)
