// Tries: to have the compiler quote a file of the judge, by absolute and relative paths.
// Must stop it: the file is not in the box of the compiler.
#include "../../../../../../../..@BAIT_FILE@"
#include "/proc/1/root@BAIT_FILE@"
#include "/proc/self/root@BAIT_FILE@"
#include "@BAIT_FILE@"

int main(void) {
  return 0;
}
