// Tries: to get the compiler to put the host's secrets into its error messages or the program.
// Stopped by: the compiler runs in a box too, whose /etc has no shadow file.
// Outcome: compile_error
#include "/etc/shadow"
__asm__(".incbin \"/etc/shadow\"");

int main(void) {
  return 0;
}
