print(int(input()) + 1)
return
