import java.util.Scanner;

public class Flood {
  public static void main(String[] arguments) {
    for (;;) System.out.println("a line that is printed for ever and ever");
  }
}
