print('Infinity')
