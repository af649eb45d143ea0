// Tries: to gain privileges by a set-user-ID file of its own or one of the system.
// Stopped by: nosuid mounts, no_new_privs, and no system programs in the view.
// Outcome: exited
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int main(int argc, char** argv) {
  if (argc > 1) {
    if (geteuid() != getuid() || geteuid() == 0) puts("ESCAPED: another user");
    return 0;
  }
  if (setuid(0) == 0) puts("ESCAPED: became root");
  if (chown("attack", 0, 0) == 0) puts("ESCAPED: gave a file to root");
  chmod("attack", 06755);
  fflush(stdout);
  char* const again[] = {argv[0], "again", NULL};
  execv(argv[0], again);
  return 0;
}
