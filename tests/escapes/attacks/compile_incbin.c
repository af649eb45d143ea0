// Tries: to have the assembler copy a file of the judge into the program.
// Must stop it: the file is not in the box of the compiler.
__asm__(".section .rodata\nstolen:\n.incbin \"@BAIT_FILE@\"\n.byte 0\n");
extern const char stolen[];

int main(void) {
  return stolen[0];
}
