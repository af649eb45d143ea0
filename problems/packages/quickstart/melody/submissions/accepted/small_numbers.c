/* The whole table, but in two-byte cells and only two rows of it alive. */
#include <stdio.h>
#include <string.h>

static char s[6002], t[6002];
static unsigned short rows[2][6002];

int main(void) {
  if (scanf("%6001s %6001s", s, t) != 2) return 1;
  const size_t n = strlen(s), m = strlen(t);
  for (size_t i = 1; i <= n; ++i) {
    unsigned short *now = rows[i % 2], *before = rows[(i + 1) % 2];
    for (size_t j = 1; j <= m; ++j) {
      if (s[i - 1] == t[j - 1])
        now[j] = (unsigned short)(before[j - 1] + 1);
      else
        now[j] = before[j] > now[j - 1] ? before[j] : now[j - 1];
    }
  }
  printf("%u\n", (unsigned)rows[n % 2][m]);
  return 0;
}
