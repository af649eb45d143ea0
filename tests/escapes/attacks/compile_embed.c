// Tries: to have the compiler embed a file of the judge (#embed of C23), or to use a resource limit of
// the assembler to read it in pieces.
// Must stop it: the file is not in the box of the compiler.
const unsigned char stolen[] = {
#embed "@BAIT_FILE@"
};

int main(void) {
  return stolen[0];
}
