name = "class Sol" "ution"
print(int(input()) + 1)
