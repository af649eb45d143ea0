// Tries: to have the compiler write a program of gigabytes.
// Must stop it: the file size limit and the quota of the compiler's box.
char first[1UL << 30] = {1};
char second[1UL << 30] = {2};

int main(void) {
  return first[5] + second[7];
}
