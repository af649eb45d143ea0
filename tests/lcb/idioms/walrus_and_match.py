match (n := int(input())):
    case _:
        print(n + 1)
