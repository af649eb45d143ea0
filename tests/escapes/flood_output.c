// Tries: to fill the judge's memory with output.
// Stopped by: the supervisor keeps what the limit allows and ends the run at the next byte.
// Outcome: output_limit
#include <unistd.h>

int main(void) {
  static char block[65536];
  for (;;) (void)!write(1, block, sizeof block);
}
