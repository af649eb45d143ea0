// Tries: to have an error message quote a file of the judge: messages show the line that #line names.
// Must stop it: the file is not in the box of the compiler.
int main(void) {
#line 1 "@BAIT_FILE@"
  return undeclared_one;
#line 1 "/etc/shadow"
  return undeclared_two;
#line 1 "/proc/1/environ"
  return undeclared_three;
}
