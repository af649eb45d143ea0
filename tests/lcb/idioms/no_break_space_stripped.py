print('7\u00a0')
