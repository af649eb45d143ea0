import java.util.Scanner;

public class CountsUp {
  public static void main(String[] arguments) {
    Scanner in = new Scanner(System.in);
    for (int guess = 1; ; ++guess) {
      System.out.println(guess);
      if (!in.hasNext() || in.next().equals("correct")) return;
    }
  }
}
