// Tries: to let children burn more CPU than allowed, collect them, and end with code 0 before anybody
// looks.
// Must stop it: the time of the whole run is read after its end and decides.
#include "attack.h"

int main(void) {
  for (int i = 0; i < 8; ++i) {
    if (fork() == 0) {
      burn_until_ms(500);
      _exit(0);
    }
  }
  while (wait(NULL) > 0) {
  }
  escaped("8 children used 4 s of CPU and the run went on");
  return 0;
}
