# A row of the table rises by 0 or 1 from cell to cell, so a row is one large integer of those
# steps, and the next row costs one addition (Hyyro 2004).
s, t = input(), input()
full = (1 << len(t)) - 1
places = {}
for j, note in enumerate(t):
    places[note] = places.get(note, 0) | 1 << j
row = full
for note in s:
    matched = row & places.get(note, 0)
    row = ((row + matched) | (row - matched)) & full
print(len(t) - bin(row).count("1"))
