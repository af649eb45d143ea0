public class encode {
  public static long encode(long n) {
    return n + 1000;
  }

  public static long decode(long n) {
    return n - 1000;
  }
}
