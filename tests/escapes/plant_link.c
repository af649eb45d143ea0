// Tries: to make the judge copy a secret out for it, by links where it expects an output file.
// Stopped by: outputs are opened without following links, and only regular files with one name.
// Outcome: exited
#include <stdio.h>
#include <unistd.h>

int main(void) {
  if (symlink("/etc/shadow", "answer") != 0) puts("ESCAPED: not even tried");
  return 0;
}
