// Tries: to compile for ever and fill memory with a recursive include.
// Stopped by: the compiler's own depth limit, and behind it the limits of the box.
// Outcome: compile_error
#include "attack.c"

int main(void) {
  return 0;
}
