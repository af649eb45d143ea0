public class adder {
  public static int add(int a, int b) {
    long i = 0;
    while (i >= 0) i = (i + 1) % 1000;
    return (int) i;
  }
}
