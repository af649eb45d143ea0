while True:
    try:
        print(int(input()) + 1)
    except EOFError:
        break
