# Right tokens, wrong spaces: accepted only if space_change_sensitive is ignored.
w, n = map(int, input().split())
total = 0
for _ in range(n):
    name, cents = input().split()
    total += int(cents)
    print(name, "%d.%02d" % divmod(int(cents), 100))
print("-" * w)
print("TOTAL", "%d.%02d" % divmod(total, 100))
