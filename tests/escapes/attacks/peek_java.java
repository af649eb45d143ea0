// Tries: to find the judge's files, processes and secrets with everything Java's library offers.
// Must stop it: files and processes of the host are not in the box.
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

public class peek_java {
    static int escapes = 0;

    static void escaped(String how) {
        System.out.println("ESCAPED: " + how);
        escapes++;
    }

    static void tryRead(Path path) {
        try {
            if (Files.readString(path).contains("evalctl-bait")) escaped("read " + path);
        } catch (IOException | Error error) {
            // refused, or not text
        }
    }

    public static void main(String[] arguments) throws Exception {
        String bait = System.getenv("BAIT_FILE");
        if (bait != null) tryRead(Path.of(bait));
        for (String path : new String[] {"/etc/shadow", "/proc/1/environ", "/root/.bashrc"}) {
            if (Files.isReadable(Path.of(path))) escaped("can read " + path);
        }
        long me = ProcessHandle.current().pid();
        ProcessHandle.allProcesses().filter(other -> other.pid() != me).limit(100).forEach(other -> {
            if (other.destroyForcibly()) escaped("killed process " + other.pid());
        });
        try (Stream<Path> files = Files.list(Path.of("/proc/self/fd"))) {
            files.limit(200).forEach(file -> {
                try {
                    String target = Files.readSymbolicLink(file).toString();
                    if (target.contains("evalctl") && !target.startsWith("/memfd:")) escaped("descriptor of " + target);
                } catch (IOException error) {
                    // gone again
                }
            });
        }
        if (escapes == 0) System.out.println("HELD");
    }
}
