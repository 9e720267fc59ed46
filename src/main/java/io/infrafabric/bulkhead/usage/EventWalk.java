package io.infrafabric.bulkhead.usage;

import java.nio.charset.StandardCharsets;

/**
 * Walks over a stream of server-sent events as it comes, in any pieces: lines that end with CR, LF or both, comments, several
 * lines of data. The data of each event goes on to a {@link JsonWalk}; nothing is kept of it here.
 */
final class EventWalk {
    private static final int LONGEST_NAME = 64;
    private static final byte[] MARK = {(byte) 0xEF, (byte) 0xBB, (byte) 0xBF};

    /** What wants to know. */
    interface Sink {
        /** An event has ended. {@code name} is empty if it has none. */
        void event(String name);
    }

    private enum State {
        START,
        FIELD,
        SPACE,
        VALUE
    }

    private final JsonWalk data;
    private final Sink sink;
    private final byte[] field = new byte[LONGEST_NAME];
    private final byte[] name = new byte[LONGEST_NAME];
    private State state = State.START;
    private int fieldLength;
    private int nameLength;
    private boolean isData;
    private boolean isName;
    private boolean hasData;
    private boolean afterReturn;
    private boolean hasEnded;
    private long at;

    EventWalk(JsonWalk data, Sink sink) {
        this.data = data;
        this.sink = sink;
    }

    /**
     * Walks on over these bytes, at most to the end of the next event.
     *
     * @return where it stopped
     */
    int see(byte[] bytes, int from, int to) {
        hasEnded = false;
        int i = from;
        while (i < to && !hasEnded) {
            byte one = bytes[i];
            boolean isEnd = one == '\r' || one == '\n';
            if (state == State.VALUE && isData && !isEnd) {
                int end = i;
                while (end < to && bytes[end] != '\r' && bytes[end] != '\n') {
                    end++;
                }
                data.see(bytes, i, end);
                at += end - i;
                i = end;
                continue;
            }
            see(one, isEnd);
            at++;
            i++;
        }
        return i;
    }

    /** Whether an event ended with the last byte that was seen. */
    boolean hasEnded() {
        return hasEnded;
    }

    /** Whether a line ended with CR, so that an LF that comes next is a part of its end. */
    boolean isAfterReturn() {
        return afterReturn;
    }

    private void see(byte one, boolean isEnd) {
        boolean isRest = one == '\n' && afterReturn;
        afterReturn = one == '\r';
        if (isRest) {
            return;
        }
        if (isEnd) {
            line();
            return;
        }
        switch (state) {
            case START, FIELD -> {
                if (at < MARK.length && one == MARK[(int) at]) {
                    return;
                }
                state = State.FIELD;
                if (one == ':') {
                    named();
                } else if (fieldLength < LONGEST_NAME) {
                    field[fieldLength++] = one;
                }
            }
            case SPACE -> {
                state = State.VALUE;
                if (one != ' ') {
                    value(one);
                }
            }
            case VALUE -> value(one);
        }
    }

    private void named() {
        String text = new String(field, 0, fieldLength, StandardCharsets.UTF_8);
        isData = text.equals("data");
        isName = text.equals("event");
        if (isData && hasData) {
            data.see(new byte[] {'\n'}, 0, 1);
        }
        hasData |= isData;
        nameLength = isName ? 0 : nameLength;
        state = State.SPACE;
    }

    private void value(byte one) {
        if (isData) {
            data.see(new byte[] {one}, 0, 1);
        } else if (isName && nameLength < LONGEST_NAME) {
            name[nameLength++] = one;
        }
    }

    private void line() {
        boolean isEmpty = state == State.START;
        state = State.START;
        fieldLength = 0;
        isData = false;
        isName = false;
        if (isEmpty) {
            data.end();
            sink.event(new String(name, 0, nameLength, StandardCharsets.UTF_8));
            data.reset();
            nameLength = 0;
            hasData = false;
            hasEnded = true;
        }
    }
}
