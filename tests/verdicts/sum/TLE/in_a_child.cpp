#include <unistd.h>
#include <sys/wait.h>

// The time of children counts.
int main() {
  if (fork() == 0) {
    for (volatile long i = 0;; ++i) {
    }
  }
  wait(nullptr);
}
