# Tries the directions in another order than the C++ one, so that the two print different walks.
from collections import deque

r, c = map(int, input().split())
grid = [input() for _ in range(r)]
start = next((i, row.index("S")) for i, row in enumerate(grid) if "S" in row)
walks = {start: ""}
queue = deque([start])
answer = "stuck"
while queue:
    i, j = queue.popleft()
    if grid[i][j] == "G":
        answer = walks[i, j]
        break
    for letter, a, b in (("R", i, j + 1), ("L", i, j - 1), ("D", i + 1, j), ("U", i - 1, j)):
        if 0 <= a < r and 0 <= b < c and grid[a][b] != "#" and (a, b) not in walks:
            walks[a, b] = walks[i, j] + letter
            queue.append((a, b))
print(answer)
