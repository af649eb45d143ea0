// Tries: to have the preprocessor expand a few lines into billions of words.
// Must stop it: the time and memory limits of the compiler's box.
#define A(x) x x x x x x x x x x
#define B(x) A(A(x))
#define C(x) B(B(x))
#define D(x) C(C(x))
int main(void) {
  int i = 0;
  D(D(i += 1;))
  return i;
}
