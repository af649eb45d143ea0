print('1_' + str(int(input())))
