while True:
    print("no end of a line ", end="")
