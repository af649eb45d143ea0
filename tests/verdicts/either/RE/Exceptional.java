import java.util.Scanner;

public class Exceptional {
  public static void main(String[] arguments) {
    throw new IllegalStateException("on purpose");
  }
}
