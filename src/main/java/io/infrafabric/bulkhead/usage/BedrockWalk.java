package io.infrafabric.bulkhead.usage;

import java.nio.charset.StandardCharsets;
import java.util.Base64;

/**
 * Walks over Bedrock's binary event stream ({@code application/vnd.amazon.eventstream}) as it comes, in any pieces. A message
 * is its length, that of its headers and a checksum (4 bytes each, the first bytes first), then headers, payload and another
 * checksum. The payload is JSON; in the answers to {@code invoke-with-response-stream} it is a member {@code bytes} with
 * the model's own JSON in Base64. Nothing is kept of a payload. What is no such stream is passed over.
 */
final class BedrockWalk implements JsonWalk.Sink {
    private static final int PRELUDE = 12;
    private static final int CHECKSUM = 4;
    private static final int WORD = 4;
    private static final int QUANTUM = 4;
    private static final int BYTE = 8;
    private static final int MOST_HEADERS = 128 * 1024;
    private static final int MOST_KEPT = 4096;

    private enum State {
        PRELUDE,
        HEADERS,
        PAYLOAD,
        CHECKSUM,
        LOST
    }

    private final UsageSeen reading;
    private final JsonWalk payload = new JsonWalk(this);
    private final JsonWalk inner;
    private final byte[] kept = new byte[MOST_KEPT];
    private final byte[] quantum = new byte[QUANTUM];
    private State state = State.PRELUDE;
    private int seen;
    private long headers;
    private long body;
    private int waiting;

    BedrockWalk(UsageSeen reading) {
        this.reading = reading;
        this.inner = new JsonWalk(reading);
    }

    void see(byte[] bytes, int from, int to) {
        int i = from;
        while (i < to && state != State.LOST) {
            if (state == State.PAYLOAD) {
                int many = (int) Math.min(to - i, body - seen);
                payload.see(bytes, i, i + many);
                i += many;
                seen += many;
                next();
            } else {
                if (seen < MOST_KEPT) {
                    kept[seen] = bytes[i];
                }
                i++;
                seen++;
                next();
            }
        }
    }

    /** Goes on to the next part once this one is there. */
    private void next() {
        switch (state) {
            case PRELUDE -> {
                if (seen == PRELUDE) {
                    long total = word(0);
                    headers = word(WORD);
                    body = total - headers - PRELUDE - CHECKSUM;
                    boolean isNone = headers > MOST_HEADERS || body < 0 || body > Integer.MAX_VALUE;
                    enter(isNone ? State.LOST : State.HEADERS);
                    skipEmpty();
                }
            }
            case HEADERS -> skipEmpty();
            case PAYLOAD -> {
                if (seen == body) {
                    message();
                }
            }
            case CHECKSUM -> {
                if (seen == CHECKSUM) {
                    enter(State.PRELUDE);
                }
            }
            case LOST -> {}
        }
    }

    private void skipEmpty() {
        if (state == State.HEADERS && seen == headers) {
            String text = new String(kept, 0, (int) Math.min(headers, MOST_KEPT), StandardCharsets.ISO_8859_1);
            if (text.contains(":exception-type") || text.contains(":error-code")) {
                reading.failed();
            }
            enter(State.PAYLOAD);
            if (body == 0) {
                message();
            }
        }
    }

    private void message() {
        payload.end();
        payload.reset();
        inner.end();
        inner.reset();
        waiting = 0;
        reading.event("");
        enter(State.CHECKSUM);
    }

    private void enter(State next) {
        state = next;
        seen = 0;
    }

    private long word(int at) {
        long word = 0;
        for (int i = 0; i < WORD; i++) {
            word = word << BYTE | (kept[at + i] & 0xff);
        }
        return word;
    }

    @Override
    public boolean wants(String path) {
        return path.equals("bytes");
    }

    @Override
    public void piece(byte one) {
        quantum[waiting++] = one;
        if (waiting == QUANTUM) {
            waiting = 0;
            try {
                byte[] plain = Base64.getDecoder().decode(quantum);
                inner.see(plain, 0, plain.length);
            } catch (IllegalArgumentException _) {
                state = State.LOST;
            }
        }
    }

    @Override
    public void object(String path, long at) {
        reading.object(path, at);
    }

    @Override
    public void scalar(JsonWalk.Scalar scalar) {
        if (!scalar.path().equals("bytes")) {
            reading.scalar(scalar);
        }
    }
}
