import java.util.Scanner;

public class Search {
  public static void main(String[] arguments) {
    Scanner in = new Scanner(System.in);
    int low = 1;
    int high = 100;
    while (true) {
      int guess = (low + high) / 2;
      System.out.println(guess);
      String word = in.next();
      if (word.equals("correct")) return;
      if (word.equals("higher")) low = guess + 1;
      else high = guess - 1;
    }
  }
}
