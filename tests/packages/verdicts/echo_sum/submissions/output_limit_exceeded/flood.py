while True:
    print("six" * 1000)
