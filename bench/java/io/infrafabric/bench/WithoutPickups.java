package io.infrafabric.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.MethodModel;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * The packaged application, but for {@code PickupTable}: its {@code isSimple} answers {@code false} to all, so that each new
 * task is added and each waiting claim decided as everywhere else. What is measured with it is what the application would be
 * without that class. The product itself has no switch for it.
 */
final class WithoutPickups {
    private static final String CLASS = "io/infrafabric/coordinator/claim/PickupTable.class";
    private static final String METHOD = "isSimple";

    private WithoutPickups() {}

    /** Makes that build from the packaged one, and says in which directory it is. */
    static Path build() {
        Path packaged = Path.of(System.getProperty("s2.application")).toAbsolutePath().getParent();
        Path copy = Path.of("target", "bench", "without-pickups").toAbsolutePath();
        try {
            List<Path> files;
            try (Stream<Path> all = Files.walk(packaged)) {
                files = all.filter(Files::isRegularFile).toList();
            }
            int changed = 0;
            for (Path file : files) {
                Path to = copy.resolve(packaged.relativize(file).toString());
                Files.createDirectories(to.getParent());
                Files.deleteIfExists(to);
                Files.copy(file, to);
                // Quarkus has a changed one beside the one of the build, and runs either.
                if (to.toString().matches(".*/(app|quarkus)/[^/]+\\.jar")) {
                    changed += change(to);
                }
            }
            if (changed == 0) {
                throw new IllegalStateException("There is no " + METHOD + " in " + CLASS + " below " + packaged);
            }
            return copy;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** In how many classes of the jar the method answers otherwise now. */
    private static int change(Path jar) throws IOException {
        try (FileSystem content = FileSystems.newFileSystem(jar)) {
            Path entry = content.getPath(CLASS);
            if (!Files.exists(entry)) {
                return 0;
            }
            int[] changed = {0};
            ClassTransform never = (builder, element) -> {
                if (element instanceof MethodModel method && method.methodName().equalsString(METHOD)) {
                    changed[0]++;
                    builder.withMethodBody(
                            method.methodName(),
                            method.methodType(),
                            method.flags().flagsMask(),
                            code -> code.iconst_0().ireturn());
                } else {
                    builder.with(element);
                }
            };
            ClassFile format = ClassFile.of();
            Files.write(entry, format.transformClass(format.parse(Files.readAllBytes(entry)), never));
            return changed[0];
        }
    }
}
