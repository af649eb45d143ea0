import java.util.Scanner;

public class WaitsForAWord {
  public static void main(String[] arguments) {
    System.out.println(new Scanner(System.in).next());
  }
}
