import java.io.FileWriter;

public class FloodFile {
  public static void main(String[] arguments) throws Exception {
    FileWriter out = new FileWriter("out.txt");
    while (true) out.write("a line that is printed for ever and ever\n");
  }
}
