import java.util.Scanner;

public class grader {
  public static void main(String[] args) {
    Scanner in = new Scanner(System.in);
    System.out.println(sum.add(in.nextLong(), in.nextLong()));
  }
}
