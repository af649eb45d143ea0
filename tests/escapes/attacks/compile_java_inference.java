// Tries: to keep the Java compiler busy for ever with nested lambdas of unknown type.
// Must stop it: the time and memory limits of the compiler's box.
import java.util.concurrent.Callable;
import java.util.function.Supplier;

public class compile_java_inference {
    static <T> T pick(Callable<T> first) { return null; }

    static <T> T pick(Supplier<T> first) { return null; }

    public static void main(String[] arguments) {
        Object result = pick(() -> pick(() -> pick(() -> pick(() -> pick(() -> pick(() -> pick(() ->
            pick(() -> pick(() -> pick(() -> pick(() -> pick(() -> pick(() -> pick(() -> pick(() ->
            pick(() -> pick(() -> pick(() -> "x"))))))))))))))))));
    }
}
