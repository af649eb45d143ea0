public class Syntax {
  public static void main(String[] arguments) {
    this is no Java
  }
}
