print(round(1 / 3, 7))
