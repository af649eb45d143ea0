public class encode {
  public static long encode(long n) {
    return n;
  }

  public static long decode(long n) {
    while (true) System.out.println("a line that is printed for ever and ever");
  }
}
