print('snan')
