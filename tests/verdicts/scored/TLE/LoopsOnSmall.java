import java.util.Scanner;

public class LoopsOnSmall {
  public static void main(String[] arguments) {
    Scanner in = new Scanner(System.in);
    int sum = in.nextInt() + in.nextInt();
    long i = 0;
    while (sum < 100 && i >= 0) i = (i + 1) % 1000;
  }
}
