package io.infrafabric.bulkhead.usage;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Walks over JSON as it comes, in any pieces, and tells of the scalar values in it. Its memory does not depend on what it
 * reads: of a long string it keeps the beginning, of deep nesting the first levels. (Parsers of libraries keep a string whole, and
 * answers of models have strings of megabytes.)
 *
 * <p>It does not judge: whatever is no JSON is walked over somehow, and never fails. Several documents one after the other are
 * walked over like one.
 */
final class JsonWalk {
    /** What is kept of a key or a value, in bytes. */
    static final int KEPT = 256;

    private static final int DEEPEST = 12;

    /** Nobody wants a longer path. It bounds the time that many small values in a deep place take. */
    private static final int LONGEST_PATH = 160;

    private static final String TOO_LONG = "?";
    /** Names that are remembered; a power of two. */
    private static final int NAMES = 128;

    private static final int PRIME = 31;
    private static final int HEXADECIMAL = 16;
    private static final int ESCAPE = 4;
    private static final int ASCII = 0x80;

    /** The kind of a scalar value. */
    enum Kind {
        STRING,
        NUMBER,
        /** {@code true}, {@code false}, {@code null}, and what is none of these. */
        WORD
    }

    /**
     * A scalar value.
     *
     * @param path the keys that lead to it, with dots between them; what is in an array has {@code []} for its place
     * @param text the value without quotes, at most {@link #KEPT} bytes of it
     * @param from where it begins, in bytes from the beginning of the walk
     * @param to where it ends
     */
    record Scalar(String path, Kind kind, String text, long from, long to) {
        /** How many bytes it has. */
        long length() {
            return to - from;
        }
    }

    /** What wants to know. */
    interface Sink {
        void scalar(Scalar scalar);

        /** Whether {@link #scalar} is to be told of values here; it is told of those that are too long to be kept whole anyway. */
        default boolean reads(String path) {
            return true;
        }

        /** An object begins, at this byte. */
        default void object(String path, long at) {}

        /** A member of an object begins. */
        default void member(String path) {}

        /** A string begins; whether {@link #piece} is to be told of all its bytes. */
        default boolean wants(String path) {
            return false;
        }

        /** A byte of a string that was wanted. */
        default void piece(byte one) {}
    }

    /** A member of an object, found again by the bytes of its key, since most names come again and again. */
    private static final class Name {
        private final String around;
        private final byte[] key;
        private final String path;
        private final boolean isRead;

        Name(String around, byte[] key, String path, boolean isRead) {
            this.around = around;
            this.key = key;
            this.path = path;
            this.isRead = isRead;
        }

        boolean is(String there, byte[] bytes, int length) {
            return around.equals(there) && Arrays.equals(key, 0, key.length, bytes, 0, length);
        }
    }

    private enum State {
        BETWEEN,
        STRING,
        ESCAPED,
        UNICODE,
        WORD
    }

    private final Sink sink;
    private final boolean[] isObject = new boolean[DEEPEST];
    private final String[] paths = new String[DEEPEST];
    private final byte[] kept = new byte[KEPT];
    private State state = State.BETWEEN;
    private int depth;
    private final Name[] names = new Name[NAMES];
    private String lastArray;
    private String lastElements;
    private boolean isKey;
    private Name name;
    private int length;
    private long begun;
    private long at;
    private boolean wanted;
    private int digits;
    private int unit;

    JsonWalk(Sink sink) {
        this.sink = sink;
    }

    /** Walks on over these bytes. */
    void see(byte[] bytes, int from, int to) {
        for (int i = from; i < to; i++) {
            if (state == State.STRING) {
                i = string(bytes, i, to);
            } else {
                see(bytes[i]);
                at++;
            }
        }
    }

    /** There is no more: a number at the very end has ended, too. */
    void end() {
        if (state == State.WORD) {
            word();
        }
    }

    /** Begins anew, as if nothing had come. */
    void reset() {
        state = State.BETWEEN;
        depth = 0;
        isKey = false;
        name = null;
        at = 0;
    }

    /** Whether everything that was begun has ended. */
    boolean isBetweenDocuments() {
        return depth == 0 && state == State.BETWEEN;
    }

    /** Walks over a string up to its end or that of the bytes; gives the place of the last byte that it saw. */
    private int string(byte[] bytes, int from, int to) {
        int i = from;
        while (i < to) {
            byte one = bytes[i];
            if (one == '"') {
                at += i - from;
                ended();
                at++;
                return i;
            }
            if (one == '\\') {
                state = State.ESCAPED;
                at += i - from + 1L;
                return i;
            }
            keep(one);
            i++;
        }
        at += i - from;
        return i - 1;
    }

    private void see(byte one) {
        switch (state) {
            case BETWEEN -> between(one);
            case ESCAPED -> escaped(one);
            case UNICODE -> unicode(one);
            case WORD -> {
                if (isPart(one)) {
                    keep(one);
                } else {
                    word();
                    between(one);
                }
            }
            case STRING -> throw new IllegalStateException("strings are walked over in one go");
        }
    }

    private void between(byte one) {
        switch (one) {
            case '{' -> open(true);
            case '[' -> open(false);
            case '}', ']' -> close();
            case ',' -> isKey = isInObject();
            case ':' -> isKey = false;
            case ' ', '\t', '\r', '\n' -> {}
            case '"' -> {
                begin(State.STRING, at + 1);
                wanted = !isKey && depth <= DEEPEST && sink.wants(path());
            }
            default -> {
                begin(State.WORD, at);
                wanted = false;
                keep(one);
            }
        }
    }

    private static boolean isPart(byte one) {
        return switch (one) {
            case ',', '}', ']', '{', '[', ':', '"', ' ', '\t', '\r', '\n' -> false;
            default -> true;
        };
    }

    private void escaped(byte one) {
        state = State.STRING;
        switch (one) {
            case 'n' -> keep((byte) '\n');
            case 't' -> keep((byte) '\t');
            case 'r' -> keep((byte) '\r');
            case 'b' -> keep((byte) '\b');
            case 'f' -> keep((byte) '\f');
            case 'u' -> {
                state = State.UNICODE;
                digits = 0;
                unit = 0;
            }
            default -> keep(one);
        }
    }

    private void unicode(byte one) {
        unit = unit * HEXADECIMAL + Math.max(0, Character.digit(one, HEXADECIMAL));
        if (++digits == ESCAPE) {
            state = State.STRING;
            keep((byte) (unit < ASCII ? unit : '?'));
        }
    }

    private void begin(State next, long from) {
        state = next;
        length = 0;
        begun = from;
    }

    private void keep(byte one) {
        if (length < KEPT) {
            kept[length++] = one;
        }
        if (wanted) {
            sink.piece(one);
        }
    }

    private void ended() {
        state = State.BETWEEN;
        if (isKey) {
            if (depth <= DEEPEST) {
                name = named();
                sink.member(name.path);
            }
        } else {
            tell(Kind.STRING);
        }
    }

    private void word() {
        state = State.BETWEEN;
        byte first = kept[0];
        tell(first == '-' || (first >= '0' && first <= '9') ? Kind.NUMBER : Kind.WORD);
    }

    private void tell(Kind kind) {
        if (depth > DEEPEST) {
            return;
        }
        String path = path();
        boolean isRead = (isInObject() && name != null) ? name.isRead : sink.reads(path);
        if (isRead || length == KEPT) {
            sink.scalar(new Scalar(path, kind, text(), begun, at));
        }
    }

    /** The member whose key was just read. */
    private Name named() {
        String around = paths[depth - 1];
        int hash = around.hashCode();
        for (int i = 0; i < length; i++) {
            hash = PRIME * hash + kept[i];
        }
        int slot = (hash ^ (hash >>> HEXADECIMAL)) & (NAMES - 1);
        Name known = names[slot];
        if (known != null && known.is(around, kept, length)) {
            return known;
        }
        String path = around.isEmpty() ? text() : around.length() > LONGEST_PATH ? TOO_LONG : around + "." + text();
        Name made = new Name(around, Arrays.copyOf(kept, length), path, sink.reads(path));
        names[slot] = made;
        return made;
    }

    private String text() {
        return new String(kept, 0, length, StandardCharsets.UTF_8);
    }

    private void open(boolean object) {
        String path = depth <= DEEPEST ? path() : "";
        if (depth < DEEPEST) {
            isObject[depth] = object;
            paths[depth] = object ? path : elements(path);
            if (object) {
                sink.object(path, at);
            }
        }
        depth++;
        isKey = object && depth <= DEEPEST;
        name = null;
    }

    /** The path of what is in an array, without making it anew for each of its kind. */
    private String elements(String array) {
        if (!array.equals(lastArray)) {
            lastArray = array;
            lastElements = array.length() > LONGEST_PATH ? TOO_LONG : array + "[]";
        }
        return lastElements;
    }

    private void close() {
        depth = Math.max(0, depth - 1);
        isKey = false;
    }

    private boolean isInObject() {
        return depth > 0 && depth <= DEEPEST && isObject[depth - 1];
    }

    /** Where the walk is: the path of a value that begins here. */
    private String path() {
        if (depth == 0) {
            return "";
        }
        String around = paths[depth - 1];
        return isObject[depth - 1] && name != null ? name.path : around;
    }

    @Override
    public String toString() {
        return "walk at " + at + " in " + Arrays.toString(Arrays.copyOf(paths, Math.min(depth, DEEPEST)));
    }
}
