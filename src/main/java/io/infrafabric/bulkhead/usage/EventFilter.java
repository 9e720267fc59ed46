package io.infrafabric.bulkhead.usage;

import java.io.ByteArrayOutputStream;

/**
 * Takes out of a stream of events the one that only says what was used, because nobody but the fabric asked for it. All other
 * bytes stay as they are. An event is passed on when it is whole, or when it is longer than the one that is looked for
 * can be.
 */
final class EventFilter {
    /** An event with a few numbers is shorter. */
    private static final int LONGEST = 16 * 1024;

    private final AnswerMeter meter;
    private final EventWalk events;
    private final ByteArrayOutputStream held = new ByteArrayOutputStream();
    private boolean isLong;
    private boolean wasTakenOut;

    EventFilter(AnswerMeter meter) {
        this.meter = meter;
        this.events = meter.events();
    }

    /** What the client gets of these bytes now. */
    byte[] see(byte[] bytes) {
        var passed = new ByteArrayOutputStream(bytes.length);
        int i = 0;
        while (i < bytes.length) {
            if (held.size() == 0 && events.isAfterReturn() && bytes[i] == '\n') {
                // The rest of the end of an event, which goes the way of its event.
                events.see(bytes, i, i + 1);
                if (!wasTakenOut) {
                    passed.write('\n');
                }
                i++;
            } else {
                i = pass(bytes, i, passed);
            }
        }
        return passed.toByteArray();
    }

    private int pass(byte[] bytes, int from, ByteArrayOutputStream passed) {
        int to = events.see(bytes, from, bytes.length);
        held.write(bytes, from, to - from);
        isLong |= held.size() > LONGEST;
        if (events.hasEnded()) {
            wasTakenOut = !isLong && meter.seen().wasUsageAlone();
            if (!wasTakenOut) {
                passed.writeBytes(held.toByteArray());
            }
            held.reset();
            isLong = false;
        } else if (isLong) {
            passed.writeBytes(held.toByteArray());
            held.reset();
        }
        return to;
    }

    /** What is left at the end of the stream. */
    byte[] end() {
        byte[] rest = meter.seen().isUsageAlone() && !isLong ? new byte[0] : held.toByteArray();
        held.reset();
        return rest;
    }
}
