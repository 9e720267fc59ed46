package io.infrafabric.bulkhead.provider;

import io.infrafabric.bulkhead.BulkheadConfig;
import io.infrafabric.problem.Problem;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.infrastructure.Infrastructure;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jboss.logging.Logger;

/**
 * The keys of providers, by reference: a variable of the environment that begins with {@code S2_KEY_}, or a file under one
 * of the configured directories, which is read again when it has changed. Keys are held in memory only, and are never
 * written anywhere. As with the private keys of ssh, a file in the data directory of an embedded run is no key while other
 * users of the machine can read it. The other directories are the operator's, and secrets that Kubernetes mounts have a
 * group.
 */
@ApplicationScoped
public class ProviderKeys {
    private static final Logger LOG = Logger.getLogger(ProviderKeys.class);

    /** What a reference looks like, in words. */
    private static final String EXPECTED =
            "env:NAME with a name that begins with S2_KEY_, or file:PATH with a path under one of s2.bulkhead.key-directories";

    private static final String ENV = "env:";
    private static final String FILE = "file:";
    private static final Pattern VARIABLE = Pattern.compile("S2_KEY_[A-Z0-9_]{1,100}");
    private static final Pattern KEY = Pattern.compile("[\\x21-\\x7e]+( [\\x21-\\x7e]+)*");
    private static final Duration AGE = Duration.ofSeconds(1);
    private static final int LONGEST = 8192;
    private static final Set<PosixFilePermission> READ =
            Set.of(PosixFilePermission.GROUP_READ, PosixFilePermission.OTHERS_READ);
    private static final Set<PosixFilePermission> ENTER =
            Set.of(PosixFilePermission.GROUP_EXECUTE, PosixFilePermission.OTHERS_EXECUTE);

    private final List<Path> directories;

    /** The data directory of an embedded run. */
    private final Optional<Path> own;

    private final Map<String, Found> found = new ConcurrentHashMap<>();
    private final Map<Path, Read> files = new ConcurrentHashMap<>();

    /** Files of which it was said that others can read them. */
    private final Set<Path> exposed = ConcurrentHashMap.newKeySet();

    /** A file as it was read. */
    private record Read(FileTime changed, long size, Object file, String key) {
        @Override
        public String toString() {
            return "Read[" + changed + "]";
        }
    }

    /** What a reference led to. */
    private record Found(Optional<String> key, long at) {
        @Override
        public String toString() {
            return "Found[" + key.isPresent() + "]";
        }
    }

    @Inject
    ProviderKeys(BulkheadConfig config) {
        this(
                config.keyDirectories().stream()
                        .flatMap(list -> Stream.of(list.split(",", -1)))
                        .map(String::strip)
                        .filter(directory -> !directory.isEmpty())
                        .map(Path::of)
                        .toList(),
                config.ownDirectory().filter(directory -> !directory.isBlank()).map(Path::of));
    }

    ProviderKeys(List<Path> directories, Optional<Path> own) {
        this.own = own.map(Path::toAbsolutePath).map(Path::normalize);
        this.directories = Stream.concat(
                        directories.stream().map(Path::toAbsolutePath).map(Path::normalize),
                        this.own.stream().map(directory -> directory.resolve("keys")))
                .toList();
    }

    /** Gives a usable reference back; empty for one that is to be taken away, {@code null} for none. */
    public String check(String field, String reference) {
        if (reference == null || reference.isEmpty()) {
            return reference;
        }
        boolean usable = reference.startsWith(ENV)
                ? VARIABLE.matcher(reference.substring(ENV.length())).matches()
                : reference.startsWith(FILE) && path(reference).isPresent();
        if (!usable) {
            throw Problem.badInput(field, EXPECTED);
        }
        return reference;
    }

    /** The file that a reference names; empty if it may not be read. */
    private Optional<Path> path(String reference) {
        String text = reference.substring(FILE.length());
        if (text.indexOf('\0') >= 0) {
            return Optional.empty();
        }
        Path path = Path.of(text);
        return (path.isAbsolute() ? Stream.of(path) : directories.stream().map(directory -> directory.resolve(path)))
                .map(Path::normalize)
                .filter(file -> directories.stream()
                        .anyMatch(directory -> file.startsWith(directory) && !file.equals(directory)))
                .findFirst();
    }

    /** The key; empty if it is not there. May read a file. */
    public Optional<String> find(String reference) {
        if (reference.startsWith(ENV)) {
            String name = reference.substring(ENV.length());
            return VARIABLE.matcher(name).matches() ? usable(System.getenv(name)) : Optional.empty();
        }
        return path(reference).flatMap(this::read);
    }

    /**
     * The key as it was found less than a second ago, or is found now; empty if it is not there. Does not block.
     */
    public Uni<Optional<String>> current(String reference) {
        if (reference.startsWith(ENV)) {
            return Uni.createFrom().item(find(reference));
        }
        Found last = found.get(reference);
        if (last != null && System.nanoTime() - last.at() < AGE.toNanos()) {
            return Uni.createFrom().item(last.key());
        }
        return Uni.createFrom()
                .item(() -> find(reference))
                .runSubscriptionOn(Infrastructure.getDefaultWorkerPool())
                .invoke(key -> {
                    if (key.isPresent()) {
                        found.put(reference, new Found(key, System.nanoTime()));
                    } else {
                        found.remove(reference);
                    }
                });
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
            var now = Files.readAttributes(real, java.nio.file.attribute.BasicFileAttributes.class);
            Read last = files.get(path);
            if (last == null
                    || !last.changed().equals(now.lastModifiedTime())
                    || last.size() != now.size()
                    || !java.util.Objects.equals(last.file(), now.fileKey())) {
                String text = now.size() > LONGEST ? null : Files.readString(real, StandardCharsets.US_ASCII);
                last = new Read(
                        now.lastModifiedTime(),
                        now.size(),
                        now.fileKey(),
                        usable(text).orElse(null));
                files.put(path, last);
            }
            return Optional.ofNullable(last.key());
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

    /** A key is what can stand in a header; white space around it does not count. */
    private static Optional<String> usable(String text) {
        return Optional.ofNullable(text)
                .map(String::strip)
                .filter(key -> key.length() <= LONGEST && KEY.matcher(key).matches());
    }
}
