int guess(int number);

void play() {
  int low = 0, high = 127;
  while (low <= high) {
    const int middle = (low + high) / 2;
    const int answer = guess(middle);
    if (answer == 0) return;
    if (answer < 0) high = middle - 1;
    if (answer > 0) low = middle + 1;
  }
}
