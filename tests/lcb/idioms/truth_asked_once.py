class Counted:
    asked = 0

    def __bool__(self):
        Counted.asked += 1
        return False


n = int(input())
x = (0 or
     Counted() and 5 or 6)
print(n + Counted.asked)
