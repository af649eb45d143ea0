// Compiles, but does not link.
int sum_of_all();

int main() { return sum_of_all(); }
