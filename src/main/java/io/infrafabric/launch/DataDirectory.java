package io.infrafabric.launch;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The directory in which the embedded servers live, owned by one process at a time. The operating system frees the lock
 * when its process dies, however it dies. Only its owner can read the contents.
 */
final class DataDirectory implements AutoCloseable {

    private final Path path;
    private final FileChannel lock;

    private DataDirectory(Path path, FileChannel lock) {
        this.path = path;
        this.lock = lock;
    }

    /**
     * Makes the directory if necessary, and takes it for this process.
     *
     * @throws Refusal if it cannot be written or another process has it, naming that process
     */
    static DataDirectory take(Path path) {
        return tryTake(path)
                .orElseThrow(() -> new Refusal("The data directory " + path + " is in use by " + owner(path)
                        + ". Stop that process first, or choose another directory with S2_DATA_DIR."));
    }

    /** Takes a directory of its own below {@code parent}, after deleting those that dead processes left there. */
    static DataDirectory takeFresh(Path parent) {
        makeDirectory(parent);
        try (Stream<Path> left = Files.list(parent)) {
            left.filter(Files::isDirectory)
                    .forEach(path -> tryTake(path).ifPresent(directory -> {
                        directory.stopOrphans();
                        directory.delete();
                        directory.close();
                    }));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return take(parent.resolve(Long.toString(ProcessHandle.current().pid())));
    }

    /** Its absolute path. */
    Path path() {
        return path;
    }

    /**
     * A random secret of 256 bits, kept in a file of this name (mode 0600), and the same in every run.
     *
     * @throws Refusal if the file cannot be read or written
     */
    String secret(String name) {
        Path file = path.resolve(name);
        try {
            if (Files.exists(file)) {
                String kept = Files.readString(file).strip();
                if (!kept.isEmpty()) {
                    return kept;
                }
            }
            byte[] bytes = new byte[32];
            new SecureRandom().nextBytes(bytes);
            String secret = Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
            writePrivate(file, secret + "\n");
            return secret;
        } catch (IOException e) {
            throw new Refusal("Cannot keep a secret in " + file + ".", e);
        }
    }

    /** Writes a file that only its owner may read, either completely or not at all. */
    static void writePrivate(Path file, String text) throws IOException {
        Path draft = file.resolveSibling(file.getFileName() + ".new");
        Files.deleteIfExists(draft);
        Files.createFile(draft, mode("rw-------"));
        Files.writeString(draft, text);
        Files.move(draft, file, StandardCopyOption.REPLACE_EXISTING);
    }

    /** Stops servers of this directory whose fabric was killed and could not stop them. */
    void stopOrphans() {
        EmbeddedPostgreSql.running(path).ifPresent(Orphan::stop);
        EmbeddedRedis.running(path).ifPresent(Orphan::stop);
    }

    /** Deletes everything in it, and itself. */
    void delete() {
        try {
            Trees.delete(path);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Frees it for other processes. */
    @Override
    public void close() {
        try {
            lock.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Optional<DataDirectory> tryTake(Path path) {
        makeDirectory(path);
        try {
            FileChannel lock =
                    FileChannel.open(path.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            if (!locked(lock)) {
                lock.close();
                return Optional.empty();
            }
            Files.writeString(
                    ownerFile(path),
                    "process " + ProcessHandle.current().pid() + " (since "
                            + Instant.now().truncatedTo(ChronoUnit.SECONDS) + ")");
            return Optional.of(new DataDirectory(path, lock));
        } catch (IOException e) {
            throw new Refusal("Cannot write to the data directory " + path + "; choose another with S2_DATA_DIR.", e);
        }
    }

    private static boolean locked(FileChannel channel) throws IOException {
        try {
            return channel.tryLock() != null;
        } catch (OverlappingFileLockException e) {
            return false;
        }
    }

    /** Not the lock file itself: on POSIX, closing any handle of a file frees this process's locks on it. */
    private static Path ownerFile(Path path) {
        return path.resolve("owner");
    }

    private static String owner(Path path) {
        try {
            return Files.readString(ownerFile(path));
        } catch (IOException e) {
            return "another process";
        }
    }

    private static void makeDirectory(Path path) {
        try {
            makePrivate(path);
        } catch (IOException e) {
            throw new Refusal("Cannot make the data directory " + path + "; choose another with S2_DATA_DIR.", e);
        }
    }

    /** Makes a directory that only its owner can enter; an existing one keeps its mode. */
    static void makePrivate(Path path) throws IOException {
        if (!Files.isDirectory(path)) {
            Files.createDirectories(path, mode("rwx------"));
        }
    }

    private static FileAttribute<?>[] mode(String mode) {
        return FileSystems.getDefault().supportedFileAttributeViews().contains("posix")
                ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(mode))}
                : new FileAttribute<?>[0];
    }
}
