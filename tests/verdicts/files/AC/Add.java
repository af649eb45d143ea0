import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Scanner;

public class Add {
  public static void main(String[] arguments) throws Exception {
    Scanner in = new Scanner(Path.of("in.txt"));
    Files.writeString(Path.of("out.txt"), in.nextInt() + in.nextInt() + "\n");
  }
}
