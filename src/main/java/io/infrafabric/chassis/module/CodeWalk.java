package io.infrafabric.chassis.module;

import io.infrafabric.chassis.module.WasmReader.Refused;

/**
 * Walks over instructions without running them: counts them, and refuses those that no run may have. What they do with
 * values is for the engine's validation.
 */
final class CodeWalk {
    /** Instructions of one module, each label of a branch table counted as one: each takes about 100 bytes to run. */
    static final int MOST_INSTRUCTIONS = 1_000_000;

    /** Blocks within blocks. */
    static final int DEEPEST = 1_000;

    private static final int END = 0x0B;
    private static final int EMPTY_BLOCK = -0x40;
    private static final int INDEXED = 64;
    private static final int BITS_OF_BLOCK_TYPE = 33;

    private int instructions;

    /** Walks to the end of an expression or of a function's body. */
    void walk(WasmReader in) {
        int depth = 1;
        while (depth > 0) {
            if (++instructions > MOST_INSTRUCTIONS) {
                throw new Refused("more than " + MOST_INSTRUCTIONS + " instructions");
            }
            int code = in.one();
            if (code == END) {
                depth--;
            } else if (code >= 0x02 && code <= 0x04) {
                blockType(in);
                if (++depth > DEEPEST) {
                    throw new Refused("blocks that are nested more than " + DEEPEST + " deep");
                }
            } else {
                step(code, in);
            }
        }
    }

    private void step(int code, WasmReader in) {
        switch (code) {
            case 0x00, 0x01, 0x05, 0x0F, 0x1A, 0x1B, 0xD1 -> {}
            case 0x06, 0x07, 0x08, 0x09, 0x0A, 0x18, 0x19, 0x1F -> throw new Refused("exceptions");
            case 0x12, 0x13, 0x15 -> throw new Refused("tail calls");
            case 0x0C, 0x0D, 0x10, 0x20, 0x21, 0x22, 0x23, 0x24, 0x25, 0x26, 0xD2 -> in.u32();
            case 0x0E -> branchTable(in);
            case 0x11 -> {
                in.u32();
                in.u32();
            }
            case 0x1C -> {
                in.count(1, 1, "types of a select");
                valueType(in);
            }
            case 0x3F, 0x40 -> memory(in);
            case 0x41 -> in.signed(Integer.SIZE);
            case 0x42 -> in.signed(Long.SIZE);
            case 0x43 -> in.skip(Float.BYTES);
            case 0x44 -> in.skip(Double.BYTES);
            case 0xD0 -> reference(in);
            case 0xFB -> throw new Refused("garbage collection");
            case 0xFC -> bulk(in);
            case 0xFD -> throw new Refused("vectors (SIMD)");
            case 0xFE -> throw new Refused("threads");
            default -> {
                if (code >= 0x28 && code <= 0x3E) {
                    address(in);
                } else if (code < 0x45 || code > 0xC4) {
                    throw new Refused("the instruction 0x" + Integer.toHexString(code));
                }
            }
        }
    }

    private void branchTable(WasmReader in) {
        int labels = in.count(1, MOST_INSTRUCTIONS, "labels of a branch table");
        instructions += labels;
        for (int i = 0; i <= labels; i++) {
            in.u32();
        }
    }

    private static void blockType(WasmReader in) {
        long type = in.signed(BITS_OF_BLOCK_TYPE);
        if (type < 0 && type != EMPTY_BLOCK && !isValue((int) (type & 0x7F))) {
            throw new Refused("a block of a type that is not known here");
        }
    }

    static void valueType(WasmReader in) {
        int type = in.one();
        if (!isValue(type)) {
            throw new Refused("the type 0x" + Integer.toHexString(type) + ": vectors or garbage collection");
        }
    }

    /** {@code funcref} or {@code externref}. */
    static void reference(WasmReader in) {
        int type = in.one();
        if (type != 0x70 && type != 0x6F) {
            throw new Refused("the reference 0x" + Integer.toHexString(type) + ": vectors or garbage collection");
        }
    }

    private static boolean isValue(int type) {
        return (type >= 0x7C && type <= 0x7F) || type == 0x70 || type == 0x6F;
    }

    private static void memory(WasmReader in) {
        if (in.u32() != 0) {
            throw new Refused("more than one memory");
        }
    }

    private static void address(WasmReader in) {
        if (in.u32() >= INDEXED) {
            throw new Refused("more than one memory");
        }
        in.u32();
    }

    private static void bulk(WasmReader in) {
        long code = in.u32();
        switch ((int) Math.min(code, Integer.MAX_VALUE)) {
            case 0, 1, 2, 3, 4, 5, 6, 7 -> {}
            case 8 -> {
                in.u32();
                memory(in);
            }
            case 9, 13, 15, 16, 17 -> in.u32();
            case 10 -> {
                memory(in);
                memory(in);
            }
            case 11 -> memory(in);
            case 12, 14 -> {
                in.u32();
                in.u32();
            }
            default -> throw new Refused("the instruction 0xfc " + code);
        }
    }
}
