public class encode {
  public static long encode(long n) {
    return n;
  }

  public static long decode(long n) {
    throw new IllegalStateException("on purpose");
  }
}
