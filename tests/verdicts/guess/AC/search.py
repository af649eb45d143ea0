low, high = 1, 100
while True:
    guess = (low + high) // 2
    print(guess, flush=True)
    word = input()
    if word == "correct":
        break
    if word == "higher":
        low = guess + 1
    else:
        high = guess - 1
