with open("out.txt", "w") as out:
    while True:
        out.write("a line that is printed for ever and ever" * 10)
