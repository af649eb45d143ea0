// Tries: to use memory through the stack, which heap limits do not see.
// Stopped by: the memory limit, or the stack limit of the same size (a segmentation fault).
// Outcome: memory_limit signalled
static int deeper(int n) {
  volatile char block[65536];
  for (int i = 0; i < 65536; i += 4096) block[i] = (char)n;
  return deeper(n + 1) + block[n % 65536];
}

int main(void) {
  return deeper(0);
}
