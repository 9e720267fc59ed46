package io.infrafabric.chassis.run;

import io.infrafabric.chassis.module.Examination;
import io.infrafabric.chassis.run.Ran.Limit;
import java.util.EnumMap;
import java.util.Map;
import run.endive.runtime.ExecutionListener;
import run.endive.runtime.Instance;
import run.endive.runtime.MStack;
import run.endive.runtime.Memory;
import run.endive.wasm.types.Instruction;
import run.endive.wasm.types.OpCode;

/**
 * What a run may still use. The interpreter shows it each instruction before it executes it; calls and WASI tell it what
 * they are about to do. It ends the run by {@link Met}.
 */
final class Meter implements ExecutionListener {
    /** Calls within calls. The thread's stack has room for more. */
    static final int DEEPEST = 4_096;

    /** Values on the stack, and locals and blocks of all calls under way. */
    private static final int MOST_VALUES = 1_000_000;

    private static final int LOOK_AFTER = 8_192;

    /** Bytes that an instruction moves for the price of one. */
    private static final int BYTES_FOR_ONE = 16;

    private static final long UNSIGNED = 0xFFFFFFFFL;

    /** A bound is met: the run ends. */
    static final class Met extends RuntimeException {
        private static final long serialVersionUID = 1L;

        private final Limit limit;

        Met(Limit limit) {
            super(limit.name(), null, false, false);
            this.limit = limit;
        }

        Limit limit() {
            return limit;
        }
    }

    /** Instructions that do as much as a number on the stack says. */
    private enum Bulk {
        MEMORY,
        BYTES,
        TABLE,
        ENTRIES
    }

    private static final Map<OpCode, Bulk> BULK = new EnumMap<>(Map.of(
            OpCode.MEMORY_GROW, Bulk.MEMORY,
            OpCode.MEMORY_FILL, Bulk.BYTES,
            OpCode.MEMORY_COPY, Bulk.BYTES,
            OpCode.MEMORY_INIT, Bulk.BYTES,
            OpCode.TABLE_GROW, Bulk.TABLE,
            OpCode.TABLE_FILL, Bulk.ENTRIES,
            OpCode.TABLE_COPY, Bulk.ENTRIES,
            OpCode.TABLE_INIT, Bulk.ENTRIES));

    private final long fuel;
    private final int pages;
    private final long deadline;
    private long left;
    private int untilLook = LOOK_AFTER;
    private int depth;
    private long weight;
    private Instance instance;

    /** @param deadline in nanoseconds, as {@link System#nanoTime} counts them */
    Meter(long fuel, int pages, long deadline) {
        this.fuel = fuel;
        this.pages = pages;
        this.left = fuel;
        this.deadline = deadline;
    }

    /** Says what it looks at; before anything runs. */
    void watch(Instance running) {
        instance = running;
    }

    /** What was used so far. */
    long used() {
        return fuel - Math.max(0, left);
    }

    @Override
    public void onExecution(Instruction instruction, MStack stack) {
        if (--left < 0) {
            throw new Met(Limit.FUEL);
        }
        if (--untilLook <= 0) {
            look();
        }
        if (stack.size() > MOST_VALUES) {
            throw new Met(Limit.STACK);
        }
        Bulk bulk = BULK.get(instruction.opcode());
        if (bulk != null) {
            bulk(bulk, stack.peek() & UNSIGNED);
        }
    }

    private void bulk(Bulk bulk, long count) {
        switch (bulk) {
            case MEMORY -> {
                grow(count);
                charge(Math.min(count, pages) * Memory.PAGE_SIZE);
            }
            case BYTES -> charge(Math.min(count, bytes()));
            case TABLE -> {
                long entries = count;
                for (int i = 0; i < instance.tableCount(); i++) {
                    entries += instance.table(i).size();
                }
                if (entries > Examination.MOST_ENTRIES) {
                    throw new Met(Limit.TABLE);
                }
                charge(count * Long.BYTES);
            }
            case ENTRIES -> charge(Math.min(count, Examination.MOST_ENTRIES) * Long.BYTES);
        }
    }

    /** More than a module itself allows is refused by the engine, which tells the module. */
    private void grow(long more) {
        var memory = instance.memory();
        if (memory.maximumPages() > pages && memory.pages() + more > pages) {
            throw new Met(Limit.MEMORY);
        }
    }

    private long bytes() {
        return (long) instance.memory().pages() * Memory.PAGE_SIZE;
    }

    /** Takes fuel for bytes that are moved. */
    void charge(long bytes) {
        left -= bytes / BYTES_FOR_ONE;
        if (left < 0) {
            throw new Met(Limit.FUEL);
        }
        // Moving a mebibyte takes about as long as the instructions between two looks.
        untilLook -= (int) Math.min(LOOK_AFTER, bytes >> 7);
    }

    /** A call begins, of a function with so many locals and blocks. */
    void enter(int cells) {
        depth++;
        weight += cells;
        if (depth > DEEPEST || weight > MOST_VALUES) {
            throw new Met(Limit.STACK);
        }
        charge(cells);
    }

    /** It has ended. */
    void leave(int cells) {
        depth--;
        weight -= cells;
    }

    private void look() {
        untilLook = LOOK_AFTER;
        if (System.nanoTime() - deadline > 0) {
            throw new Met(Limit.TIME);
        }
    }
}
