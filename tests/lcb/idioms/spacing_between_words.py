print('a', 'b', sep='   ')
