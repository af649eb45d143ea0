import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

public class encode {
  public static long encode(long n) {
    return n;
  }

  public static long decode(long n) {
    // On the heap and beside it: the box is full before the heap is.
    List<Object> kept = new ArrayList<>();
    while (true) {
      kept.add(new byte[1 << 20]);
      kept.add(ByteBuffer.allocateDirect(1 << 20));
    }
  }
}
