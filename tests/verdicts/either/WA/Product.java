import java.util.Scanner;

public class Product {
  public static void main(String[] arguments) {
    Scanner in = new Scanner(System.in);
    System.out.println(in.nextInt() * in.nextInt() * 7);
  }
}
