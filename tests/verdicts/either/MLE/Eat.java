import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

public class Eat {
  public static void main(String[] arguments) {
    // On the heap and beside it: the box is full before the heap is.
    List<Object> kept = new ArrayList<>();
    while (true) {
      kept.add(new byte[1 << 20]);
      kept.add(ByteBuffer.allocateDirect(1 << 20));
    }
  }
}
