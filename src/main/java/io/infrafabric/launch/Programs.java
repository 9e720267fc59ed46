package io.infrafabric.launch;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.tukaani.xz.XZInputStream;
import redis.embedded.core.ExecutableProvider;

/**
 * The programs of the embedded servers, unpacked once for each user into one directory that nobody else can enter.
 * Existing files are compared with the hashes from their unpacking, and unpacked again if they differ: cleaners remove
 * single files, and processes are killed while they unpack.
 *
 * @param root the directory
 */
record Programs(Path root) {

    private static final String HASHES = "SHA256SUMS";
    private static final String DRAFT = "redis.new";
    private static final Set<PosixFilePermission> OWNER_ONLY = PosixFilePermissions.fromString("rwx------");
    private static final int BUFFER = 1 << 16;

    /**
     * Where programs go: {@code S2_CACHE_DIR}, or the user's cache directory, or, if that is not writable,
     * {@code servers} in the data directory.
     *
     * @throws Refusal if the requested directory cannot be used
     */
    static Programs of(Given given, Path dataDirectory) {
        if (given.cacheDirectory().isPresent()) {
            try {
                return new Programs(closed(given.cacheDirectory().get().resolve("servers")));
            } catch (IOException e) {
                throw new Refusal("Cannot write to the directory that S2_CACHE_DIR names.", e);
            }
        }
        String cache = System.getenv("XDG_CACHE_HOME");
        Path home =
                cache == null || cache.isBlank() ? Path.of(System.getProperty("user.home"), ".cache") : Path.of(cache);
        try {
            return new Programs(closed(home.resolve("s2-fabric").resolve("servers")));
        } catch (IOException e) {
            return inDataDirectory(dataDirectory);
        }
    }

    private static Programs inDataDirectory(Path dataDirectory) {
        try {
            return new Programs(closed(dataDirectory.resolve("servers")));
        } catch (IOException e) {
            throw new Refusal(
                    "Cannot unpack programs into " + dataDirectory + "; choose a directory with S2_CACHE_DIR.", e);
        }
    }

    /**
     * The directory with PostgreSQL's {@code bin}, {@code lib} and {@code share}.
     *
     * @throws Refusal if this build has none for this kind of machine
     */
    Path postgres() throws IOException {
        String archive = postgresArchive();
        return locked(() -> {
            byte[] packed = read(archive);
            Path directory = root.resolve("postgres-" + hash(packed).substring(0, 16));
            if (!isWhole(directory)) {
                unpack(packed, directory);
            }
            return directory;
        });
    }

    /** Redis's program. Other runs of this user may execute the same file, so a good one stays. */
    Path redis() throws IOException {
        return locked(() -> {
            deleteDrafts();
            // A name of its own: the library deletes what it unpacked when its process ends, by the name of then.
            Path draft = Files.createTempDirectory(root, DRAFT, PosixFilePermissions.asFileAttribute(OWNER_ONLY));
            Path unpacked = ExecutableProvider.newJarResourceProvider(draft.toFile())
                    .get()
                    .toPath();
            Path directory = root.resolve("redis-" + hash(unpacked).substring(0, 16));
            Path program = directory.resolve(draft.relativize(unpacked));
            if (Files.isExecutable(program) && hash(program).equals(hash(unpacked))) {
                Trees.delete(draft);
            } else {
                deleteIfThere(directory);
                Files.move(draft, directory);
            }
            return program;
        });
    }

    /** Whoever left some was killed: nobody else unpacks now. */
    private void deleteDrafts() throws IOException {
        try (DirectoryStream<Path> drafts = Files.newDirectoryStream(root, DRAFT + "*")) {
            for (Path draft : drafts) {
                Trees.delete(draft);
            }
        }
    }

    /** Work that runs while only this process may change the directory. */
    private interface Exclusive {
        Path run() throws IOException;
    }

    private Path locked(Exclusive work) throws IOException {
        try (FileChannel channel =
                        FileChannel.open(root.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                FileLock lock = channel.lock()) {
            if (!lock.isValid()) {
                throw new IOException("the lock on " + root + " is gone");
            }
            return work.run();
        }
    }

    private static void deleteIfThere(Path path) throws IOException {
        if (Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
            Trees.delete(path);
        }
    }

    private static String postgresArchive() {
        String system = System.getProperty("os.name").toLowerCase(Locale.ROOT).startsWith("mac") ? "darwin" : "linux";
        String processor = switch (System.getProperty("os.arch")) {
            case "amd64", "x86_64" -> "x86_64";
            case "aarch64", "arm64" -> "arm_64";
            case String other -> other;
        };
        String libc = Files.exists(Path.of("/etc/alpine-release")) ? "-alpine_linux" : "";
        String name = "postgres-" + system + "-" + processor + libc + ".txz";
        if (Programs.class.getClassLoader().getResource(name) == null) {
            throw new Refusal("There is no PostgreSQL in this build for " + system + " on " + processor
                    + ". Set S2_POSTGRES_URL and S2_REDIS_URL to servers of your own.");
        }
        return name;
    }

    private static byte[] read(String resource) throws IOException {
        try (InputStream in = Programs.class.getClassLoader().getResourceAsStream(resource)) {
            if (in == null) {
                throw new IOException(resource + " is not there");
            }
            return in.readAllBytes();
        }
    }

    /** Unpacks beside the place and then moves, so that whatever is in the place is complete. */
    private static void unpack(byte[] packed, Path directory) throws IOException {
        Path draft = directory.resolveSibling(directory.getFileName() + ".new");
        deleteIfThere(draft);
        deleteIfThere(directory);
        Files.createDirectory(draft, PosixFilePermissions.asFileAttribute(OWNER_ONLY));
        try (var tar = new TarArchiveInputStream(new XZInputStream(new ByteArrayInputStream(packed)))) {
            for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
                Path target = draft.resolve(entry.getName()).normalize();
                if (!target.startsWith(draft)) {
                    throw new IOException(entry.getName() + " is outside of its archive");
                }
                Files.createDirectories(target.getParent());
                if (entry.isDirectory()) {
                    Files.createDirectories(target);
                } else if (entry.isSymbolicLink() || entry.isLink()) {
                    Files.createSymbolicLink(target, Path.of(entry.getLinkName()));
                } else {
                    Files.copy(tar, target);
                    if (target.getParent().endsWith("bin")) {
                        Files.setPosixFilePermissions(target, OWNER_ONLY);
                    }
                }
            }
        }
        Files.writeString(
                draft.resolve(HASHES),
                hashes(draft).entrySet().stream()
                        .map(file -> file.getValue() + "  " + file.getKey() + "\n")
                        .collect(Collectors.joining()));
        Files.move(draft, directory);
    }

    private static boolean isWhole(Path directory) throws IOException {
        Path kept = directory.resolve(HASHES);
        if (!Files.isRegularFile(kept, LinkOption.NOFOLLOW_LINKS)) {
            return false;
        }
        Map<String, String> written = Files.readAllLines(kept).stream()
                .map(line -> line.split(" {2}", 2))
                .filter(parts -> parts.length == 2)
                .collect(Collectors.toMap(parts -> parts[1], parts -> parts[0]));
        return written.equals(hashes(directory));
    }

    private static Map<String, String> hashes(Path directory) throws IOException {
        var hashes = new TreeMap<String, String>();
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.filter(path -> Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS))
                    .toList()) {
                String name = directory.relativize(file).toString();
                if (!name.equals(HASHES)) {
                    hashes.put(name, hash(file));
                }
            }
        }
        return hashes;
    }

    private static String hash(Path file) throws IOException {
        MessageDigest digest = sha256();
        byte[] buffer = new byte[BUFFER];
        try (InputStream in = Files.newInputStream(file)) {
            for (int length = in.read(buffer); length > 0; length = in.read(buffer)) {
                digest.update(buffer, 0, length);
            }
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private static String hash(byte[] bytes) {
        return HexFormat.of().formatHex(sha256().digest(bytes));
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * Makes a directory for its owner only. If others could write to it, it may hold anything, so it is emptied first.
     */
    private static Path closed(Path directory) throws IOException {
        Path root = directory.toAbsolutePath().normalize();
        Files.createDirectories(root.getParent());
        if (!Files.exists(root, LinkOption.NOFOLLOW_LINKS)) {
            Files.createDirectory(root, PosixFilePermissions.asFileAttribute(OWNER_ONLY));
        }
        Path mine = Files.createTempFile(root, "mine", "");
        try {
            if (!Files.getOwner(root, LinkOption.NOFOLLOW_LINKS).equals(Files.getOwner(mine))) {
                throw new Refusal(root + " belongs to somebody else, so nothing in it is executed. Delete it, or choose"
                        + " another directory with S2_CACHE_DIR.");
            }
        } finally {
            Files.deleteIfExists(mine);
        }
        Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(root, LinkOption.NOFOLLOW_LINKS);
        if (permissions.contains(PosixFilePermission.GROUP_WRITE)
                || permissions.contains(PosixFilePermission.OTHERS_WRITE)) {
            Files.setPosixFilePermissions(root, OWNER_ONLY);
            try (Stream<Path> there = Files.list(root)) {
                for (Path path : there.filter(path -> !path.endsWith("lock")).toList()) {
                    Trees.delete(path);
                }
            }
        }
        return root;
    }
}
