package io.infrafabric.gateway.source;

import io.infrafabric.problem.Problem;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The secrets of sources: by reference to a variable of the environment or to a file under one of the configured directories, or as
 * they are. A reference is read whenever it is used, so that a secret can be changed where it is.
 */
@ApplicationScoped
class SourceSecrets {
    private static final String ENV = "env:";
    private static final String FILE = "file:";
    private static final Pattern VARIABLE = Pattern.compile("S2_KEY_[A-Z0-9_]{1,100}");
    private static final Pattern SECRET = Pattern.compile("[\\x21-\\x7e]+( [\\x21-\\x7e]+)*");
    private static final int LONGEST = 8192;
    private static final int LONGEST_KEPT = 512;

    private final List<Path> directories;

    @Inject
    SourceSecrets(SourceConfig config) {
        this(config.sourceSecretDirectories().stream()
                .flatMap(list -> Stream.of(list.split(",", -1)))
                .map(String::strip)
                .filter(directory -> !directory.isEmpty())
                .map(Path::of)
                .toList());
    }

    SourceSecrets(List<Path> directories) {
        this.directories = directories.stream()
                .map(Path::toAbsolutePath)
                .map(Path::normalize)
                .toList();
    }

    static boolean isReference(String secret) {
        return secret.startsWith(ENV) || secret.startsWith(FILE);
    }

    /** Whether finding it reads a file. */
    static boolean isFile(String secret) {
        return secret.startsWith(FILE);
    }

    /** Gives a usable reference or secret back; a {@link Problem} does not show it. */
    String check(String field, String secret) {
        boolean usable = secret.startsWith(ENV)
                ? VARIABLE.matcher(secret.substring(ENV.length())).matches()
                : secret.startsWith(FILE)
                        ? path(secret).isPresent()
                        : secret.length() <= LONGEST_KEPT
                                && SECRET.matcher(secret).matches();
        if (!usable) {
            throw Problem.badInput(
                    field,
                    "env:NAME with a name that begins with S2_KEY_, file:PATH with a path under one of"
                            + " s2.gateway.source-secret-directories, or 1 to " + LONGEST_KEPT
                            + " visible ASCII characters");
        }
        return secret;
    }

    private Optional<Path> path(String reference) {
        String text = reference.substring(FILE.length());
        if (text.isEmpty() || text.indexOf('\0') >= 0) {
            return Optional.empty();
        }
        Path path = Path.of(text);
        return (path.isAbsolute() ? Stream.of(path) : directories.stream().map(directory -> directory.resolve(path)))
                .map(Path::normalize)
                .filter(file -> directories.stream()
                        .anyMatch(directory -> file.startsWith(directory) && !file.equals(directory)))
                .findFirst();
    }

    /** The secret; empty if a reference leads nowhere. May read a file. */
    Optional<String> find(String secret) {
        if (secret.startsWith(ENV)) {
            String name = secret.substring(ENV.length());
            return VARIABLE.matcher(name).matches() ? usable(System.getenv(name)) : Optional.empty();
        }
        return secret.startsWith(FILE) ? path(secret).flatMap(this::read) : Optional.of(secret);
    }

    private Optional<String> read(Path path) {
        try {
            // A link may lead out of the directories: Kubernetes mounts secrets as links within them.
            Path real = path.toRealPath();
            for (Path directory : directories) {
                if (real.startsWith(directory.toRealPath()) && Files.size(real) <= LONGEST) {
                    return usable(Files.readString(real, StandardCharsets.US_ASCII));
                }
            }
            return Optional.empty();
        } catch (IOException _) {
            return Optional.empty();
        }
    }

    private static Optional<String> usable(String text) {
        return Optional.ofNullable(text)
                .map(String::strip)
                .filter(secret ->
                        secret.length() <= LONGEST && SECRET.matcher(secret).matches());
    }
}
