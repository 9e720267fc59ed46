package io.infrafabric.bulkhead.usage;

import java.util.Locale;

/**
 * Looks at the bytes of an answer on their way, in any pieces, and keeps what it says that it used. It changes nothing, its
 * memory has a bound, and it never fails, whatever comes.
 */
final class AnswerMeter {
    private final UsageSeen seen;
    private final JsonWalk json;
    private final EventWalk events;
    private final BedrockWalk messages;

    /**
     * @param contentType of the answer, {@code null} if it does not say
     * @param streams whether the call asked for a stream
     */
    AnswerMeter(Flavour flavour, String contentType, boolean streams) {
        String type = contentType == null ? "" : contentType.toLowerCase(Locale.ROOT);
        boolean isEvents = type.startsWith("text/event-stream");
        boolean isMessages = type.startsWith("application/vnd.amazon.eventstream");
        seen = new UsageSeen(flavour, streams || isEvents || isMessages);
        json = new JsonWalk(seen);
        events = isEvents ? new EventWalk(json, seen::event) : null;
        messages = isMessages ? new BedrockWalk(seen) : null;
    }

    UsageSeen seen() {
        return seen;
    }

    /** The walk over events, {@code null} if the answer is no stream of them. */
    EventWalk events() {
        return events;
    }

    void see(byte[] bytes, int from, int to) {
        if (messages != null) {
            messages.see(bytes, from, to);
        } else if (events == null) {
            json.see(bytes, from, to);
        } else {
            int i = from;
            while (i < to) {
                i = events.see(bytes, i, to);
            }
        }
    }

    void end() {
        json.end();
    }
}
