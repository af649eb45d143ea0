// Tries: to have the assembler repeat data for gigabytes.
// Must stop it: the time, memory and file size limits of the compiler's box.
__asm__(".data\n.rept 100000\n.rept 100000\n.quad 0x1122334455667788\n.endr\n.endr\n");
__asm__(".fill 0x7fffffff, 8, 0x11\n");

int main(void) {
  return 0;
}
