count = 0
def add():
    nonlocal count
    count += int(input())
add()
print(count + 1)
