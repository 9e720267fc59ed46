package io.infrafabric.launch;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;

/**
 * A server found by its process id file. Servers are not children of this process (see {@link Embedded}), so the file
 * is their only trace. Process ids are reused and directories are copied, so a process counts as ours only if its
 * program, its working directory and its age match. In doubt, it gets no signal.
 */
record Orphan(ProcessHandle process, String program) {

    private static final int LOOKS = 1_000;
    private static final long BETWEEN_LOOKS_NANOS = 10_000_000;
    /** A server writes its file within seconds of its start, and clocks are set now and then. */
    private static final Duration TOLERANCE = Duration.ofMinutes(2);

    /**
     * The living process that the first line of {@code pidFile} names, if it is the server of {@code home}. A file that
     * names another process is deleted: the caller owns the directory, and a server would not start if the file seems
     * to name its predecessor.
     *
     * @param program the full name of its program
     * @param home its working directory
     * @throws Refusal if it is unclear whether it is that server; nothing was done to it
     */
    static Optional<Orphan> of(Path pidFile, String program, Path home) {
        try {
            if (!Files.exists(pidFile)) {
                return Optional.empty();
            }
            Instant written = Files.getLastModifiedTime(pidFile).toInstant();
            Optional<ProcessHandle> named = Files.readAllLines(pidFile).stream()
                    .findFirst()
                    .map(String::strip)
                    .filter(line -> line.matches("\\d{1,18}"))
                    .flatMap(line -> ProcessHandle.of(Long.parseLong(line)))
                    .filter(ProcessHandle::isAlive)
                    .filter(process -> runs(process, program));
            if (named.isPresent() && isServerOf(named.get(), home, written, pidFile)) {
                return named.map(process -> new Orphan(process, program));
            }
            Files.deleteIfExists(pidFile);
            return Optional.empty();
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
     * Polls instead of waiting for the exit: if nobody collects orphans (a container without an init process), an ended
     * process stays listed forever, but no longer runs a program.
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
                .map(command -> Path.of(command).getFileName().toString())
                // Linux appends this to the name of a running program that was deleted or replaced.
                .map(name -> name.replaceAll(" \\(deleted\\)$", ""))
                .filter(name -> name.equals(program) || name.matches(program + "-\\d.*"))
                .isPresent();
    }

    private static boolean isServerOf(ProcessHandle process, Path home, Instant written, Path pidFile)
            throws IOException {
        Optional<Boolean> here = worksIn(process, home);
        if (here.isPresent() && !here.get()) {
            return false;
        }
        boolean tooYoung = process.info()
                .startInstant()
                .filter(start -> start.isAfter(written.plus(TOLERANCE)))
                .isPresent();
        if (here.isEmpty() || tooYoung) {
            throw new Refusal(pidFile + " names process " + process.pid()
                    + ", and it is unclear whether that is a server of this directory. Stop it if it is; otherwise "
                    + "delete "
                    + pidFile + "; then start again.");
        }
        return true;
    }

    /** Absent if the system does not tell. Both servers work in their own directory. */
    private static Optional<Boolean> worksIn(ProcessHandle process, Path home) throws IOException {
        Path link = Path.of("/proc", Long.toString(process.pid()), "cwd");
        if (Files.isSymbolicLink(link)) {
            try {
                return Optional.of(Files.readSymbolicLink(link).equals(home.toRealPath()));
            } catch (IOException _) {
                return Optional.empty();
            }
        }
        // Without /proc, look for the directory among the server's arguments.
        return process.info()
                .arguments()
                .map(arguments -> Arrays.asList(arguments).contains(home.toString()))
                .filter(told -> told);
    }
}
