public class relay {
  public static int thrice(int n) {
    return 3 * n;
  }
}
