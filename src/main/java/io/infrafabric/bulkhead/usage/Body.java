package io.infrafabric.bulkhead.usage;

import io.vertx.core.buffer.Buffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * The bytes of a request, in the parts in which they came: a large body in one piece needs as much free memory in one place,
 * which a small heap does not have. It belongs to one call, and is not for several threads at once.
 */
public final class Body {
    /** What is sent or looked at at once. Small parts are joined up to this size, since each one takes memory for itself. */
    private static final int PART = 64 * 1024;

    private final List<Buffer> parts = new ArrayList<>();
    private long length;
    private Buffer joined;

    /** One with nothing in it. */
    public Body() {}

    /** One with these bytes. */
    public static Body of(Buffer bytes) {
        Body body = new Body();
        body.add(bytes);
        return body;
    }

    /** Adds bytes at its end. They may be kept as they are, so the caller leaves them alone from then on. */
    public void add(Buffer part) {
        length += part.length();
        if (part.length() == 0) {
            return;
        }
        if (joined != null && joined.length() + part.length() <= PART) {
            joined.appendBuffer(part);
        } else if (part.length() < PART / 2) {
            joined = Buffer.buffer().appendBuffer(part);
            parts.add(joined);
        } else {
            joined = null;
            parts.add(part);
        }
    }

    /** How many bytes there are. */
    public long length() {
        return length;
    }

    /** The parts in their order, each of at most 64 KB, for one that takes them out as it sends them. */
    public Deque<Buffer> inParts() {
        Deque<Buffer> all = new ArrayDeque<>();
        for (Buffer part : parts) {
            for (int at = 0; at < part.length(); at += PART) {
                all.add(part.slice(at, Math.min(at + PART, part.length())));
            }
        }
        return all;
    }

    /** The same with this text in place of the bytes in between; the rest is shared and not copied. */
    Body with(long from, long to, String text) {
        Body edited = new Body();
        addTo(edited, 0, from);
        edited.add(Buffer.buffer(text));
        addTo(edited, to, length);
        return edited;
    }

    private void addTo(Body other, long from, long to) {
        long at = 0;
        for (Buffer part : parts) {
            int begin = Math.clamp(from - at, 0, part.length());
            int end = Math.clamp(to - at, 0, part.length());
            if (begin < end) {
                other.add(part.slice(begin, end));
            }
            at += part.length();
        }
    }
}
