import java.util.Scanner;

class stub {
  public static void main(String[] arguments) {
    System.out.println(relay.twice(new Scanner(System.in).nextInt()));
  }
}
