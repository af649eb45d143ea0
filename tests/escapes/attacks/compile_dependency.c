// Tries: to learn existence and age of files of the machine from warnings about dependencies.
// Must stop it: the files are not in the box of the compiler.
#pragma GCC dependency "@BAIT_FILE@"
#pragma GCC dependency "/etc/shadow"

int main(void) {
  return 0;
}
