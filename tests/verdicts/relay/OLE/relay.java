public class relay {
  public static int twice(int n) {
    while (true) System.out.print(" ".repeat(1 << 16));
  }
}
