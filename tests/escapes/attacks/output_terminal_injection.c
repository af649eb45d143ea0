// Tries: to type commands into the judge's terminal (CVE-2017-5226) and to steer it with escape
// sequences (window title, clipboard, answers typed back).
// Must stop it: no terminal in the box, TIOCSTI refused, control characters never printed raw.
#include "attack.h"

#include <sys/ioctl.h>

int main(void) {
  const char command[] = "echo ESCAPED > /tmp/escaped\n";
  const char* terminals[] = {"/dev/tty",   "/dev/console", "/dev/tty0", "/dev/tty1",
                             "/dev/pts/0", "/dev/pts/1",   "/dev/ptmx", "/dev/pts/ptmx"};
  for (unsigned i = 0; i < sizeof terminals / sizeof terminals[0]; ++i) {
    const int fd = open(terminals[i], O_RDWR | O_NOCTTY | O_NONBLOCK);
    must_fail(terminals[i], fd);
  }
  for (int fd = 0; fd < 3; ++fd) {
    if (isatty(fd)) escaped("descriptor %d is a terminal", fd);
    for (const char* at = command; *at; ++at) {
      if (ioctl(fd, TIOCSTI, at) == 0) escaped("typed into descriptor %d", fd);
    }
    if (ioctl(fd, TIOCSCTTY, 1) == 0) escaped("took a terminal");
  }
  dprintf(1,
          "\033]0;title\007\033]52;c;ZXZpbA==\007\033[2J\033[6n\033c\x9b"
          "5n\n");
  return finish();
}
