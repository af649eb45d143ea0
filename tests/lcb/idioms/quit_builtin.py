print(int(input()) + 1)
quit()
