package io.infrafabric.chassis;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The modules in {@code src/test/resources/chassis}: each as text and as bytes, which {@code wat2wasm} made of it. */
public final class WasmFile {
    private static final Path FILES = Path.of("src/test/resources/chassis");

    private WasmFile() {}

    /** The bytes of {@code <name>.wasm}. */
    public static byte[] bytes(String name) {
        try {
            return Files.readAllBytes(FILES.resolve(name + ".wasm"));
        } catch (IOException missing) {
            throw new UncheckedIOException(missing);
        }
    }
}
