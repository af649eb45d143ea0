# Takes every note at its first chance.
s, t = input(), input()
at = length = 0
for note in s:
    found = t.find(note, at)
    if found >= 0:
        at, length = found + 1, length + 1
print(length)
