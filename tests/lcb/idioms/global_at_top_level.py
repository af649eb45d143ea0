global count
count = int(input())
def show():
    print(count + 1)
show()
