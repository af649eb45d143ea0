import java.util.Scanner;

class grader {
  public static void main(String[] arguments) {
    Scanner in = new Scanner(System.in);
    System.out.println(adder.add(in.nextInt(), in.nextInt()));
  }
}
