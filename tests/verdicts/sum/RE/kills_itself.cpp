#include <csignal>
#include <unistd.h>

// SIGKILL without an empty memory is no MLE.
int main() {
  kill(getpid(), SIGKILL);
}
