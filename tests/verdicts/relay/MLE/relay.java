import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

public class relay {
  public static int twice(int n) {
    // On the heap and beside it: the box is full before the heap is.
    List<Object> kept = new ArrayList<>();
    while (true) {
      kept.add(new byte[1 << 20]);
      kept.add(ByteBuffer.allocateDirect(1 << 20));
    }
  }
}
