n = int(input())
blank = input()
print(n + len(blank) + int(input()))
