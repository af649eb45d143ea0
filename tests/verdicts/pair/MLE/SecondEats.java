import java.io.BufferedReader;
import java.io.FileReader;
import java.io.FileWriter;
import java.io.PrintWriter;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

public class SecondEats {
  public static void main(String[] arguments) throws Exception {
    BufferedReader in = new BufferedReader(new FileReader(arguments[0]));
    PrintWriter out = new PrintWriter(new FileWriter(arguments[1]), true);
    int index = Integer.parseInt(arguments[2]);
    String word = in.readLine();
    // On the heap and beside it: the box is full before the heap is.
    List<Object> kept = new ArrayList<>();
    while (index == 1) {
      kept.add(new byte[1 << 20]);
      kept.add(ByteBuffer.allocateDirect(1 << 20));
    }
    out.println("x" + word);
  }
}
