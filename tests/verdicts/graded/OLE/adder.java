public class adder {
  public static int add(int a, int b) {
    while (true) System.out.println("a line that is printed for ever and ever");
  }
}
