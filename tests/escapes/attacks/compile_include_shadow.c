// Tries: to have the compiler quote the machine's password hashes.
// Must stop it: the file is not in the box of the compiler.
#include "/etc/gshadow"
#include "/etc/shadow"

int main(void) {
  return 0;
}
