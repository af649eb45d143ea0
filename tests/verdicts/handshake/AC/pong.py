input()
print("pong")
