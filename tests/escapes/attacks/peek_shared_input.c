// Tries: to change the input file that later runs read, and the program that is judged, through
// their open descriptors.
// Must stop it: input is a sealed copy; the program runs from a copy of its own.
#include "attack.h"

int main(void) {
  must_fail("writing to standard input", write(0, "x", 1));
  must_fail("truncating standard input", ftruncate(0, 1000));
  const int again = open("/proc/self/fd/0", O_RDWR);
  if (again >= 0) {
    must_fail("writing to the input opened again", write(again, "x", 1));
    if (mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, again, 0) != MAP_FAILED) {
      escaped("mapped the input for writing");
    }
  }
  const int self = open("/proc/self/exe", O_WRONLY);
  if (self >= 0) must_fail("writing to the running program", write(self, "x", 1));
  const int init = open("/proc/1/exe", O_RDWR);
  must_fail("opening init's program", init);
  return finish();
}
