import java.util.Scanner;

public class Repeat {
  public static void main(String[] arguments) {
    System.out.println(new Scanner(System.in).nextInt());
  }
}
