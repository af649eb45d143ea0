// Tries: to reach services of the machine and the network with Java's library.
// Must stop it: no sockets but local ones, in an empty network namespace.
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.nio.channels.ServerSocketChannel;

public class net_java {
    public static void main(String[] arguments) {
        int escapes = 0;
        int port = Integer.parseInt(System.getenv().getOrDefault("BAIT_PORT", "1"));
        for (InetSocketAddress address : new InetSocketAddress[] {
                new InetSocketAddress("127.0.0.1", port), new InetSocketAddress("1.1.1.1", 443)}) {
            try (Socket socket = new Socket()) {
                socket.connect(address, 1000);
                System.out.println("ESCAPED: connected to " + address);
                escapes++;
            } catch (IOException error) {
                // refused
            }
        }
        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.INET)) {
            server.bind(new InetSocketAddress("0.0.0.0", 0));
            System.out.println("ESCAPED: listens on " + server.getLocalAddress());
            escapes++;
        } catch (IOException | UnsupportedOperationException error) {
            // refused
        }
        if (escapes == 0) System.out.println("HELD");
    }
}
