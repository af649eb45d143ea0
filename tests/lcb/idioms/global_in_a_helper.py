count = 0
def add():
    global count
    count += int(input())
add()
print(count + 1)
