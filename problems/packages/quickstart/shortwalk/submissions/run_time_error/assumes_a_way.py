# Looks up the gate without asking whether it was reached.
from collections import deque

r, c = map(int, input().split())
grid = [input() for _ in range(r)]
start = next((i, row.index("S")) for i, row in enumerate(grid) if "S" in row)
goal = next((i, row.index("G")) for i, row in enumerate(grid) if "G" in row)
walks = {start: ""}
queue = deque([start])
while queue:
    i, j = queue.popleft()
    for letter, a, b in (("U", i - 1, j), ("D", i + 1, j), ("L", i, j - 1), ("R", i, j + 1)):
        if 0 <= a < r and 0 <= b < c and grid[a][b] != "#" and (a, b) not in walks:
            walks[a, b] = walks[i, j] + letter
            queue.append((a, b))
print(walks[goal])
