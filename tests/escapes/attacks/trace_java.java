// Tries: to leave files that the next virtual machine reads: preferences, shared counters, agents.
// Must stop it: the scratch folders are emptied between runs.
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

public class trace_java {
    public static void main(String[] arguments) throws IOException {
        String[] places = {"/tmp/.java/planted", "/tmp/.hotspotrc", "/box/.hotspotrc", "/tmp/planted.jar",
                           "/box/.hotspot_compiler", "/dev/shm/planted"};
        if (arguments[0].equals("plant")) {
            for (String place : places) {
                try {
                    Files.createDirectories(Path.of(place).getParent());
                    Files.writeString(Path.of(place), "planted");
                } catch (IOException error) {
                    // refused
                }
            }
            System.out.println("HELD");
            return;
        }
        int escapes = 0;
        for (String place : places) {
            if (new File(place).exists()) {
                System.out.println("ESCAPED: still there: " + place);
                escapes++;
            }
        }
        File[] counters = new File("/tmp/hsperfdata_box").listFiles();
        if (counters != null && counters.length > 1) {
            System.out.println("ESCAPED: counters of another virtual machine");
            escapes++;
        }
        if (escapes == 0) System.out.println("HELD");
    }
}
