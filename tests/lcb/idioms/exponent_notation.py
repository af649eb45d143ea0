print('%e' % (int(input()) + 1))
