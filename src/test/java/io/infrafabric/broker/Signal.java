package io.infrafabric.broker;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Collection;
import java.util.stream.Collectors;

/** What a test does to the processes of a server, or of the fabric. */
public enum Signal {
    /** Stand still, keep connections, and answer nothing. */
    STOP,
    /** Go on. */
    CONT,
    /** As Ctrl-C in a terminal. */
    INT,
    /** End at once. */
    KILL;

    /**
     * Sends it to all of these, of which some may have ended by themselves. After {@link #KILL} all have ended.
     *
     * @throws IllegalStateException if none of them is there
     */
    public void send(Collection<ProcessHandle> processes) {
        String ids = processes.stream().map(each -> Long.toString(each.pid())).collect(Collectors.joining(" "));
        try {
            int code = new ProcessBuilder("sh", "-c", "kill -" + this + " " + ids + " 2>/dev/null")
                    .start()
                    .onExit()
                    .join()
                    .exitValue();
            if (code != 0 && processes.stream().noneMatch(ProcessHandle::isAlive)) {
                throw new IllegalStateException("There is no process " + ids);
            }
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
        if (this == KILL) {
            processes.forEach(each -> each.onExit().join());
        }
    }
}
