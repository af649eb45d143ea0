print("50"
