import java.util.Scanner;

public class CrashesInTheSecond {
  public static void main(String[] arguments) {
    long n = new Scanner(System.in).nextLong();
    if (n != 5) throw new IllegalStateException("on purpose");
    System.out.println(n * n);
  }
}
