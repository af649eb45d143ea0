// Uses no processor time at all: only a limit on wall-clock time ends it.
#include <unistd.h>

int main() {
  while (true) pause();
}
