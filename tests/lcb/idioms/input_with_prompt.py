print(int(input('n? ')) + 1)
