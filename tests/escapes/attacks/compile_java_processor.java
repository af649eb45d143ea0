// Tries: to run code inside the Java compiler, as an annotation processor in its own source.
// Must stop it: processors are loaded from the class path only, which is empty.
import java.util.Set;
import javax.annotation.processing.AbstractProcessor;
import javax.annotation.processing.RoundEnvironment;
import javax.annotation.processing.SupportedAnnotationTypes;
import javax.lang.model.element.TypeElement;

@SupportedAnnotationTypes("*")
public class compile_java_processor extends AbstractProcessor {
    static {
        System.err.println("ESCAPED".concat(": code runs in the compiler"));
    }

    @Override
    public boolean process(Set<? extends TypeElement> annotations, RoundEnvironment round) {
        return false;
    }

    @Deprecated
    public static void main(String[] arguments) {
        System.out.println("runs");
    }
}
