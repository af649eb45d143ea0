public class encode {
  public static long encode(long n) {
    return n;
  }
}
