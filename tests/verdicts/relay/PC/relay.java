public class relay {
  public static int twice(int n) {
    return n + n + 1;
  }
}
