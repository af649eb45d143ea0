# Finds a walk, but seldom a shortest one.
r, c = map(int, input().split())
grid = [input() for _ in range(r)]
start = next((i, row.index("S")) for i, row in enumerate(grid) if "S" in row)
seen = {start}
stack = [(start, "")]
answer = "stuck"
while stack:
    (i, j), walk = stack.pop()
    if grid[i][j] == "G":
        answer = walk
        break
    for letter, a, b in (("U", i - 1, j), ("D", i + 1, j), ("L", i, j - 1), ("R", i, j + 1)):
        if 0 <= a < r and 0 <= b < c and grid[a][b] != "#" and (a, b) not in seen:
            seen.add((a, b))
            stack.append(((a, b), walk + letter))
print(answer)
