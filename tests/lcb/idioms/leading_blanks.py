print()
print('  ', int(input()) + 1)
