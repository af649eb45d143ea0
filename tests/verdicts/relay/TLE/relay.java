import java.util.Scanner;

public class relay {
  public static int twice(int n) {
    // The manager waits for the answer.
    return n + new Scanner(System.in).nextInt();
  }
}
