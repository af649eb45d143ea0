// manager 0 FIFO < input, manager 1 FIFO > output.
import java.io.File;
import java.io.FileWriter;
import java.util.Scanner;

class manager {
  public static void main(String[] arguments) throws Exception {
    if (arguments[0].equals("0")) {
      try (FileWriter fifo = new FileWriter(arguments[1])) {
        fifo.write(encode.encode(new Scanner(System.in).nextLong()) + "\n");
      }
    } else {
      System.out.println(encode.decode(new Scanner(new File(arguments[1])).nextLong()));
    }
  }
}
