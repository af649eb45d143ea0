import java.util.Scanner;

public class SmallOnly {
  public static void main(String[] arguments) {
    Scanner in = new Scanner(System.in);
    int sum = in.nextInt() + in.nextInt();
    System.out.println(sum < 100 ? sum : 0);
  }
}
