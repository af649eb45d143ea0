print('nan 1')
