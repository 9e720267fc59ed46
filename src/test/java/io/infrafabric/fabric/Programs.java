package io.infrafabric.fabric;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** The programs of this machine, on which some tests depend; without them these are skipped. */
public final class Programs {
    private Programs() {}

    /** Whether there is a program of this name on the {@code PATH}. */
    public static boolean isThere(String program) {
        return Stream.of(System.getenv("PATH").split(File.pathSeparator))
                .anyMatch(directory -> Files.isExecutable(Path.of(directory, program)));
    }
}
