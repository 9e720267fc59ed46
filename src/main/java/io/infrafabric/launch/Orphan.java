package io.infrafabric.launch;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A server found by its process id file. Servers are no children of this process (see {@link Embedded}), so the file is
 * the only trace of them; process ids are used again, so the name of the program is compared too.
 */
record Orphan(ProcessHandle process) {

    private static final long PATIENCE_SECONDS = 10;

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
                    .map(Orphan::new);
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
        process.destroy();
        if (!ended()) {
            process.destroyForcibly();
            ended();
        }
    }

    private boolean ended() {
        try {
            process.onExit().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
            return true;
        } catch (TimeoutException e) {
            return false;
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private static boolean runs(ProcessHandle process, String program) {
        return process.info()
                .command()
                .map(command -> Path.of(command).getFileName().toString().startsWith(program))
                .orElse(false);
    }
}
