// Tries: to leave a daemon that listens on an abstract socket, keeps files in memory and answers the
// next run.
// Must stop it: every process of the box dies at the end of the run.
#include "attack.h"

#include <stddef.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>

int main(int count, char** values) {
  struct sockaddr_un address;
  memset(&address, 0, sizeof address);
  address.sun_family = AF_UNIX;
  strcpy(address.sun_path + 1, "evalctl-covert");
  const socklen_t size = offsetof(struct sockaddr_un, sun_path) + 15;
  const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  if (count > 1 && strcmp(values[1], "look") == 0) {
    if (connect(fd, (struct sockaddr*)&address, size) == 0) escaped("the daemon answers");
    for (int pid = 2; pid < 5000; ++pid) {
      if (pid != getpid() && kill(pid, 0) == 0) escaped("process %d is still there", pid);
    }
    return finish();
  }
  if (bind(fd, (struct sockaddr*)&address, size) < 0 || listen(fd, 5) < 0) return 1;
  if (fork() == 0) {
    setsid();
    prctl(PR_SET_PDEATHSIG, 0);
    if (fork() == 0) {
      for (int number = 1; number < 65; ++number) signal(number, SIG_IGN);
      close(0);
      close(1);
      close(2);
      for (int i = 0; i < 30; ++i) sleep(1);
    }
    _exit(0);
  }
  usleep(20000);
  return finish();
}
