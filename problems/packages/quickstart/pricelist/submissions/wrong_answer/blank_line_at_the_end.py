# One more newline than the answer has.
w, n = map(int, input().split())
items = [input().split() for _ in range(n)]
items.append(("TOTAL", sum(int(cents) for _, cents in items)))
for i, (name, cents) in enumerate(items):
    if i == n:
        print("-" * w)
    price = "%d.%02d" % divmod(int(cents), 100)
    print(name + price.rjust(w - len(name)))
print()
