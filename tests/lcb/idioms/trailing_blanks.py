print(int(input()) + 1, ' \t')
print()
print()
