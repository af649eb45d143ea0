// Tries: to have assembler and linker write outside of the output, name another interpreter, and read
// files of the machine as parts of the program.
// Must stop it: the box of the compiler; the program runs in a box as well.
__asm__(".file \"/etc/shadow\"\n");
__asm__(".include \"@BAIT_FILE@\"\n");
__asm__(".include \"/etc/shadow\"\n");
__asm__(".section .interp,\"a\"\n.string \"@BAIT_FILE@\"\n.previous\n");

int main(void) {
  return 0;
}
