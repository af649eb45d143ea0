// Tries: to hold more heap, direct buffers and threads than the memory limit allows, catching every
// error of the virtual machine.
// Must stop it: the heap limit given to the virtual machine, and the memory limit around it.
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

public class memory_java {
    public static void main(String[] arguments) {
        List<Object> kept = new ArrayList<>();
        int held = 0;
        try {
            for (; held < 2048; held++) {
                ByteBuffer block = held % 2 == 0 ? ByteBuffer.allocate(1 << 20) : ByteBuffer.allocateDirect(1 << 20);
                for (int i = 0; i < block.capacity(); i += 1024) block.put(i, (byte) 1);
                kept.add(block);
            }
            System.out.println("ESCAPED: kept " + held + " MiB");
        } catch (OutOfMemoryError error) {
            kept.clear();
            System.out.println("HELD");
        }
    }
}
