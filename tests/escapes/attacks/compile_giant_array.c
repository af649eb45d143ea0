// Tries: to have the compiler write a program of gigabytes.
// Must stop it: the file size limit and the quota of the compiler's box.
char first[1300UL << 20] = {1};

int main(int count, char** values) {
  (void)values;
  return first[count];
}
