import java.util.Scanner;

public class Loop {
  public static void main(String[] arguments) {
    for (long i = 0; ; ++i) {
      if (i == -1) System.out.println(i);
    }
  }
}
