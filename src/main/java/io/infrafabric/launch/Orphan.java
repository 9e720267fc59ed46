package io.infrafabric.launch;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;

/**
 * A server found by its process id file. Servers are no children of this process (see {@link Embedded}), so the file is
 * the only trace of them; process ids are used again, so the name of the program is compared too.
 */
record Orphan(ProcessHandle process, String program) {

    private static final int LOOKS = 1_000;
    private static final long BETWEEN_LOOKS_NANOS = 10_000_000;

    /**
     * The living process that the first line of {@code pidFile} names, if its program's name starts with {@code program}.
     * A file that names no such process is deleted: whoever calls this owns the directory, and a server would not start
     * over the file of a process that it takes for its predecessor.
     */
    static Optional<Orphan> of(Path pidFile, String program) {
        try {
            if (!Files.exists(pidFile)) {
                return Optional.empty();
            }
            Optional<Orphan> found = Files.readAllLines(pidFile).stream()
                    .findFirst()
                    .map(String::strip)
                    .filter(line -> line.matches("\\d{1,18}"))
                    .flatMap(line -> ProcessHandle.of(Long.parseLong(line)))
                    .filter(ProcessHandle::isAlive)
                    .filter(process -> runs(process, program))
                    .map(process -> new Orphan(process, program));
            if (found.isEmpty()) {
                Files.deleteIfExists(pidFile);
            }
            return found;
        } catch (IOException e) {
            throw new Refusal("Cannot read " + pidFile + ".", e);
        }
    }

    /** Asks it to end, waits a little, and kills it if it does not. */
    void stop() {
        interrupt();
        if (!ended()) {
            process.destroyForcibly();
            ended();
        }
    }

    /** SIGINT: PostgreSQL ends without waiting for its clients, Redis as usual. Java itself can send only SIGTERM. */
    private void interrupt() {
        try {
            new ProcessBuilder("sh", "-c", "kill -INT " + process.pid()).start().waitFor();
        } catch (IOException e) {
            process.destroy();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /**
     * Looks again and again instead of waiting for the exit: where nobody collects orphans (a container without an init
     * process), a process that has ended stays listed for ever, but no longer runs a program.
     */
    boolean ended() {
        for (int look = 0; look < LOOKS; look++) {
            if (!process.isAlive() || !runs(process, program)) {
                return true;
            }
            LockSupport.parkNanos(BETWEEN_LOOKS_NANOS);
        }
        return false;
    }

    private static boolean runs(ProcessHandle process, String program) {
        return process.info()
                .command()
                .map(command -> Path.of(command).getFileName().toString().startsWith(program))
                .orElse(false);
    }
}
