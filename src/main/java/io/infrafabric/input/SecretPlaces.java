package io.infrafabric.input;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jboss.logging.Logger;

/**
 * Where secrets may be, and how they are found by reference: {@code env:NAME}, a variable of the environment that begins with
 * {@code S2_KEY_}, or {@code file:PATH}, a file under one of these directories, which is read again when it has changed. What was
 * read is held in memory only. As with the private keys of ssh, a file in the data directory of an embedded run is no secret while
 * other users of the machine can read it. The other directories are the operator's, and secrets that Kubernetes mounts have a group.
 */
public final class SecretPlaces {
    private static final Logger LOG = Logger.getLogger(SecretPlaces.class);

    private static final String ENV = "env:";
    private static final String FILE = "file:";
    private static final Pattern VARIABLE = Pattern.compile("S2_KEY_[A-Z0-9_]{1,100}");
    private static final Pattern SECRET = Pattern.compile("[\\x21-\\x7e]+( [\\x21-\\x7e]+)*");
    private static final int LONGEST = 8192;
    private static final Set<PosixFilePermission> READ =
            Set.of(PosixFilePermission.GROUP_READ, PosixFilePermission.OTHERS_READ);
    private static final Set<PosixFilePermission> ENTER =
            Set.of(PosixFilePermission.GROUP_EXECUTE, PosixFilePermission.OTHERS_EXECUTE);

    private final List<Path> directories;
    private final Optional<Path> own;
    private final Map<Path, Content> files = new ConcurrentHashMap<>();

    /** Files of which it was said that others can read them. */
    private final Set<Path> exposed = ConcurrentHashMap.newKeySet();

    /** A file as it was read. */
    private record Content(FileTime changed, long size, Object file, String secret) {
        @Override
        public String toString() {
            return "Content[" + changed + "]";
        }
    }

    /**
     * These directories.
     *
     * @param own the data directory of an embedded run; empty if this is none
     */
    public SecretPlaces(List<Path> directories, Optional<Path> own) {
        this.directories = directories.stream()
                .map(Path::toAbsolutePath)
                .map(Path::normalize)
                .toList();
        this.own = own.map(Path::toAbsolutePath).map(Path::normalize);
    }

    /** The directories of a setting, which has commas between them. */
    public static List<Path> directories(Optional<String> setting) {
        return setting.stream()
                .flatMap(list -> Stream.of(list.split(",", -1)))
                .map(String::strip)
                .filter(directory -> !directory.isEmpty())
                .map(Path::of)
                .toList();
    }

    /** Whether this is a reference, be it a usable one or not. */
    public static boolean isReference(String text) {
        return text.startsWith(ENV) || text.startsWith(FILE);
    }

    /** Whether finding it reads a file. */
    public static boolean isFile(String text) {
        return text.startsWith(FILE);
    }

    /** Whether a secret can look like this: visible ASCII characters with single spaces between them. */
    public static boolean canBeSecret(String text) {
        return text.length() <= LONGEST && SECRET.matcher(text).matches();
    }

    /** Whether this is a reference to a place where a secret may be. */
    public boolean isUsable(String reference) {
        return reference.startsWith(ENV)
                ? VARIABLE.matcher(reference.substring(ENV.length())).matches()
                : reference.startsWith(FILE) && path(reference).isPresent();
    }

    /** The secret that a reference leads to; empty if there is none. May read a file. */
    public Optional<String> find(String reference) {
        if (reference.startsWith(ENV)) {
            String name = reference.substring(ENV.length());
            return VARIABLE.matcher(name).matches() ? secret(System.getenv(name)) : Optional.empty();
        }
        return reference.startsWith(FILE) ? path(reference).flatMap(this::read) : Optional.empty();
    }

    /** The file that a reference names; empty if it may not be read. */
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

    private Optional<String> read(Path path) {
        try {
            // A link may lead out of the directories: Kubernetes mounts secrets as links within them.
            Path real = path.toRealPath();
            if (directories.stream().noneMatch(directory -> isWithin(real, directory))) {
                return Optional.empty();
            }
            if (isExposed(real)) {
                if (exposed.add(path)) {
                    LOG.warnf("Other users can read the key in %s, so it is not used: chmod 600 %s", path, path);
                }
                return Optional.empty();
            }
            exposed.remove(path);
            BasicFileAttributes now = Files.readAttributes(real, BasicFileAttributes.class);
            Content last = files.get(path);
            if (last == null
                    || !last.changed().equals(now.lastModifiedTime())
                    || last.size() != now.size()
                    || !Objects.equals(last.file(), now.fileKey())) {
                String text = now.size() > LONGEST ? null : Files.readString(real, StandardCharsets.US_ASCII);
                last = new Content(
                        now.lastModifiedTime(),
                        now.size(),
                        now.fileKey(),
                        secret(text).orElse(null));
                files.put(path, last);
            }
            return Optional.ofNullable(last.secret());
        } catch (IOException _) {
            files.remove(path);
            return Optional.empty();
        }
    }

    /** Whether other users can read a file in the data directory: no directory on its way, or not its own mode, stops them. */
    private boolean isExposed(Path real) throws IOException {
        if (own.isEmpty() || !isWithin(real, own.get()) || !allow(real, READ)) {
            return false;
        }
        Path top = own.get().toRealPath();
        for (Path on = real.getParent(); on.startsWith(top); on = on.getParent()) {
            if (!allow(on, ENTER)) {
                return false;
            }
        }
        return true;
    }

    private static boolean allow(Path path, Set<PosixFilePermission> some) throws IOException {
        PosixFileAttributeView view = Files.getFileAttributeView(path, PosixFileAttributeView.class);
        return view != null && view.readAttributes().permissions().stream().anyMatch(some::contains);
    }

    private static boolean isWithin(Path real, Path directory) {
        try {
            return real.startsWith(directory.toRealPath());
        } catch (IOException _) {
            return false;
        }
    }

    /** White space around it does not count. */
    private static Optional<String> secret(String text) {
        return Optional.ofNullable(text).map(String::strip).filter(SecretPlaces::canBeSecret);
    }
}
