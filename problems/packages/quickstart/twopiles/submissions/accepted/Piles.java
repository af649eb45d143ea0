import java.util.Scanner;

public class Piles {
  public static void main(String[] arguments) {
    Scanner in = new Scanner(System.in);
    long a = in.nextLong();
    long b = in.nextLong();
    System.out.println((a + b) + " " + Math.abs(a - b));
  }
}
