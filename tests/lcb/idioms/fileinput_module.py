import fileinput
for line in fileinput.input():
    print(int(line) + 1)
