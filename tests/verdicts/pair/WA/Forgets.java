import java.io.BufferedReader;
import java.io.FileReader;
import java.io.FileWriter;
import java.io.PrintWriter;

public class Forgets {
  public static void main(String[] arguments) throws Exception {
    BufferedReader in = new BufferedReader(new FileReader(arguments[0]));
    PrintWriter out = new PrintWriter(new FileWriter(arguments[1]), true);
    int index = Integer.parseInt(arguments[2]);
    String word = in.readLine();
    out.println(index == 0 ? "x" : "y" + word.length());
  }
}
