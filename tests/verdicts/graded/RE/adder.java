public class adder {
  public static int add(int a, int b) {
    throw new IllegalStateException("on purpose");
  }
}
