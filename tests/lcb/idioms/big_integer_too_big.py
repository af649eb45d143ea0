print(len(str(10 ** 60000)))
