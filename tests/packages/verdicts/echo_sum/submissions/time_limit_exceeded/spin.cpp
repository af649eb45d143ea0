int main() {
  volatile unsigned long turns = 0;
  while (true) turns = turns + 1;
}
