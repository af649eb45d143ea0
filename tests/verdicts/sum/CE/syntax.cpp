int main() {
  this is no C++
