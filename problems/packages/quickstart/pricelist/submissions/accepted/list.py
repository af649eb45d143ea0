w, n = map(int, input().split())
items = [input().split() for _ in range(n)]
items = [(name, int(cents)) for name, cents in items]


def line(name, cents):
    price = "%d.%02d" % divmod(cents, 100)
    print(name + price.rjust(w - len(name)))


for name, cents in items:
    line(name, cents)
print("-" * w)
line("TOTAL", sum(cents for _, cents in items))
