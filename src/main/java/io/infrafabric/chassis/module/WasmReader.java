package io.infrafabric.chassis.module;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/**
 * Reads the bytes of a module from one place to another, and no further. It believes nothing: every length is held
 * against what is there, every number against its bits.
 */
final class WasmReader {
    private static final int SEVEN = 7;
    private static final int LOW = 0x7F;
    private static final int MORE = 0x80;
    private static final int SIGN = 0x40;
    private static final int LONGEST_NAME = 4096;

    /** Why a module is refused, on its way out of the examination. */
    static final class Refused extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Refused(String what) {
            super(what, null, false, false);
        }
    }

    private final byte[] bytes;
    private final int end;
    private final String where;
    private int at;

    private WasmReader(byte[] bytes, int at, int end, String where) {
        this.bytes = bytes;
        this.at = at;
        this.end = end;
        this.where = where;
    }

    static WasmReader of(byte[] bytes) {
        return new WasmReader(bytes, 0, bytes.length, "the module");
    }

    /** A reader of the next so many bytes, which this one has read then. */
    WasmReader part(long length, String what) {
        if (length > left()) {
            throw new Refused(what + " is cut short: it has " + length + " bytes, and " + left() + " are left");
        }
        WasmReader part = new WasmReader(bytes, at, at + (int) length, what);
        at += (int) length;
        return part;
    }

    int left() {
        return end - at;
    }

    /** Refuses what is left over. */
    void mustBeRead() {
        if (left() > 0) {
            throw new Refused(where + " has " + left() + " bytes too many");
        }
    }

    int one() {
        if (at >= end) {
            throw new Refused(where + " ends too early");
        }
        return bytes[at++] & 0xFF;
    }

    void skip(long count) {
        if (count > left()) {
            throw new Refused(where + " ends too early");
        }
        at += (int) count;
    }

    /** An unsigned number of 32 bits. */
    long u32() {
        return leb(Integer.SIZE, false);
    }

    /** A signed number of so many bits. */
    long signed(int bits) {
        return leb(bits, true);
    }

    /** How many things follow, each of at least so many bytes. */
    int count(int least, int most, String things) {
        long count = u32();
        if (count > most) {
            throw new Refused(count + " " + things + ", and at most " + most + " are allowed");
        }
        if (count * least > left()) {
            throw new Refused(where + " is cut short: it names " + count + " " + things);
        }
        return (int) count;
    }

    String name() {
        long length = u32();
        if (length > LONGEST_NAME || length > left()) {
            throw new Refused("a name of " + length + " bytes in " + where);
        }
        try {
            String name = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes, at, (int) length))
                    .toString();
            at += (int) length;
            return name;
        } catch (CharacterCodingException _) {
            throw new Refused("a name in " + where + " that is not UTF-8");
        }
    }

    /** LEB128: no more bytes than the bits need, and no bits beyond them. */
    private long leb(int bits, boolean signed) {
        long value = 0;
        int shift = 0;
        while (true) {
            int next = one();
            int here = Math.min(SEVEN, bits - shift);
            if (here < SEVEN && !fits(next & LOW, here, signed)) {
                throw new Refused("a number of more than " + bits + " bits in " + where);
            }
            value |= (long) (next & LOW) << shift;
            shift += SEVEN;
            if ((next & MORE) == 0) {
                return signed && shift < Long.SIZE && (next & SIGN) != 0 ? value | -1L << shift : value;
            }
            if (shift >= bits) {
                throw new Refused("a number of too many bytes in " + where);
            }
        }
    }

    /** Whether the bits of the last byte beyond the number repeat its sign, or are 0. */
    private static boolean fits(int seven, int bits, boolean signed) {
        if (!signed) {
            return seven >> bits == 0;
        }
        int above = seven >> (bits - 1);
        return above == 0 || above == LOW >> (bits - 1);
    }
}
