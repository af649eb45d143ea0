public class FloodBlanks {
  public static void main(String[] arguments) {
    while (true) System.out.print(" ".repeat(1000));
  }
}
