// Tries: to change the program that is judged, by writing to it, replacing it or adding to it, so that
// the next testcase runs something else.
// Must stop it: every run gets its own copy of the program.
#include "attack.h"

int main(int count, char** values) {
  const char mark[] = {'p', 'l', 'a', 'n', 't', 'e', 'd', '\0'};
  if (count > 1 && strcmp(values[1], "plant") == 0) {
    chmod(values[0], 0777);
    rename(values[0], "/box/old");
    const int from = open("/box/old", O_RDONLY);
    const int to = open(values[0], O_CREAT | O_WRONLY, 0755);
    char buffer[65536];
    ssize_t size;
    while ((size = read(from, buffer, sizeof buffer)) > 0) (void)!write(to, buffer, (size_t)size);
    (void)!write(to, mark, sizeof mark);
    return finish();
  }
  const int self = open(values[0], O_RDONLY);
  char tail[8] = "";
  lseek(self, -8, SEEK_END);
  if (read(self, tail, 8) == 8 && memcmp(tail, mark, 8) == 0) escaped("runs the changed program");
  if (access("/box/old", F_OK) == 0) escaped("the old program is still there");
  return finish();
}
