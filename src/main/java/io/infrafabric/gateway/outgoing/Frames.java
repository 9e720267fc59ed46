package io.infrafabric.gateway.outgoing;

import io.infrafabric.bus.Feed.Slice;
import io.infrafabric.bus.Logged;
import io.infrafabric.problem.Problem;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/**
 * The text of an event stream (HTML standard, "Server-sent events"). The id of an event is its number in the log; a reader
 * gives it back in {@code Last-Event-ID}. An event has no name of its own there, so that {@code onmessage} of a browser gets
 * all; its type stands in the CloudEvent, which is the data.
 */
final class Frames {
    /** What tells a reader, and all proxies between, that the stream is there. */
    static final String ALIVE = ":\n\n";

    /** The first words: how many milliseconds a reader waits before it resumes. */
    static final String HELLO = "retry: 1000\n\n";

    private static final Pattern NUMBER = Pattern.compile("[0-9]{1,18}");

    private Frames() {}

    /** The events that its reader may see; nothing if there are none. */
    static String of(Slice slice, Predicate<Logged> mayBeSeen) {
        StringBuilder text = new StringBuilder();
        for (Logged event : slice.events()) {
            if (mayBeSeen.test(event)) {
                text.append("id: ")
                        .append(event.seq())
                        .append("\ndata: ")
                        .append(event.json())
                        .append("\n\n");
            }
        }
        return text.toString();
    }

    /** Says that the log no longer has what stood after {@code after} and up to {@code until}; the stream goes on after that. */
    static String gap(long after, long until) {
        return "id: " + until + "\nevent: gap\ndata: {\"after\":" + after + ",\"resumesAfter\":" + until + "}\n\n";
    }

    /** The number in a {@code Last-Event-ID}; -1 for none. */
    static long lastSeen(String header) {
        if (header == null || header.isBlank()) {
            return -1;
        }
        if (!NUMBER.matcher(header.strip()).matches()) {
            throw Problem.badInput("Last-Event-ID", "the id of an event of this stream, a number");
        }
        return Long.parseLong(header.strip());
    }
}
