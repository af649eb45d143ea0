class Box:
    def __init__(self, n):
        self.n = n
    def next(self):
        return self.n + 1
print(Box(int(input())).next())
