low, high = 0, 127
while True:
    middle = (low + high) // 2
    print(middle, flush=True)
    answer = input()
    if answer == "found":
        break
    if answer == "smaller":
        high = middle - 1
    else:
        low = middle + 1
