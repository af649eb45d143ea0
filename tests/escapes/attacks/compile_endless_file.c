// Tries: to have the compiler read an endless file, until memory or time end.
// Must stop it: the limits of the compiler's box.
#include "/dev/urandom"
#include "/dev/zero"

int main(void) {
  return 0;
}
