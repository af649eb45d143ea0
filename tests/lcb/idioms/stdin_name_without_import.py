print(int(stdin.readline()) + 1)
