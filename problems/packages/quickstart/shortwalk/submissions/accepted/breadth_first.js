const lines = require("fs").readFileSync(0, "utf8").split("\n");
const [r, c] = lines[0].split(" ").map(Number);
const grid = lines.slice(1, r + 1);
const walks = new Map();
let queue = [];
grid.forEach((row, i) => {
  const j = row.indexOf("S");
  if (j >= 0) queue.push([i, j]), walks.set(i * c + j, "");
});
let answer = "stuck";
for (let head = 0; head < queue.length; head++) {
  const [i, j] = queue[head];
  const walk = walks.get(i * c + j);
  if (grid[i][j] === "G") {
    answer = walk;
    break;
  }
  for (const [letter, a, b] of [["U", i - 1, j], ["D", i + 1, j], ["L", i, j - 1], ["R", i, j + 1]]) {
    if (a < 0 || b < 0 || a >= r || b >= c || grid[a][b] === "#" || walks.has(a * c + b)) continue;
    walks.set(a * c + b, walk + letter);
    queue.push([a, b]);
  }
}
console.log(answer);
