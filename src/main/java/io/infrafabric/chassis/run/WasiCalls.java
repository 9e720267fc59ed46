package io.infrafabric.chassis.run;

import io.infrafabric.chassis.run.Ran.Limit;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import run.endive.runtime.HostFunction;
import run.endive.runtime.ImportFunction;
import run.endive.runtime.ImportValues;
import run.endive.runtime.Instance;
import run.endive.runtime.Memory;
import run.endive.wasm.UnlinkableException;
import run.endive.wasm.WasmModule;
import run.endive.wasm.types.FunctionImport;
import run.endive.wasm.types.FunctionType;
import run.endive.wasm.types.ValType;

/**
 * What a module sees of the world (WASI preview 1): its input, two outputs, a clock that stands still, and random bytes
 * that follow from the module and its input. No file, no network, no environment. Each address and length that the
 * module names is held against its memory before anything is allocated. All else links, and answers ENOSYS.
 */
final class WasiCalls {
    static final int OK = 0;
    static final int EBADF = 8;
    static final int EFAULT = 21;
    static final int EINVAL = 28;
    static final int ENOSYS = 52;
    static final int ESPIPE = 70;

    /** Vectors that one call may name. */
    private static final int MOST_VECTORS = 1_024;

    private static final int VECTOR = 8;
    private static final int STAT = 24;
    private static final byte STREAM = 2;
    private static final long UNSIGNED = 0xFFFFFFFFL;
    private static final long NANOS = 1_000_000_000L;

    /** The module called {@code proc_exit}. */
    static final class Exit extends RuntimeException {
        private static final long serialVersionUID = 1L;

        private final long code;

        Exit(long code) {
            super("exit " + code, null, false, false);
            this.code = code;
        }

        long code() {
            return code;
        }
    }

    private interface Call {
        int apply(Memory memory, long[] args);
    }

    /** @param parameters one letter each: i for 32 bits, l for 64 */
    private record Known(String parameters, Call call) {}

    private final Meter meter;
    private final byte[] input;
    private final long clock;
    private final int most;
    private final MessageDigest digest;
    private final byte[] seed;
    private final ByteArrayOutputStream stdout = new ByteArrayOutputStream();
    private final ByteArrayOutputStream stderr = new ByteArrayOutputStream();
    private int read;
    private long block;
    private byte[] random = {};
    private int taken;

    /**
     * @param most bytes of output
     * @param digest SHA-256
     */
    WasiCalls(Meter meter, byte[] module, byte[] input, Instant clock, int most, MessageDigest digest) {
        this.meter = meter;
        this.input = input;
        this.clock = clock.getEpochSecond() * NANOS + clock.getNano();
        this.most = most;
        this.digest = digest;
        digest.update(digest.digest(module));
        this.seed = digest.digest(input);
    }

    byte[] stdout() {
        return stdout.toByteArray();
    }

    byte[] stderr() {
        return stderr.toByteArray();
    }

    /**
     * The functions that the module imports.
     *
     * @throws UnlinkableException if it imports one of those that are there with other parameters
     */
    ImportValues linked(WasmModule module) {
        Map<String, Known> known = known();
        ImportFunction[] functions = module.importSection().stream()
                .map(FunctionImport.class::cast)
                .map(wanted ->
                        linked(wanted, module.typeSection().getType(wanted.typeIndex()), known.get(wanted.name())))
                .toArray(ImportFunction[]::new);
        return ImportValues.builder().addFunction(functions).build();
    }

    private ImportFunction linked(FunctionImport wanted, FunctionType type, Known known) {
        boolean answers = type.returns().equals(List.of(ValType.I32));
        if (known == null) {
            return host(
                    wanted,
                    type,
                    answers ? new long[] {ENOSYS} : new long[type.returns().size()]);
        }
        if (!letters(type).equals(known.parameters())
                || !(answers || wanted.name().equals("proc_exit"))) {
            throw new UnlinkableException(wanted.name() + " has other parameters");
        }
        return new HostFunction(wanted.module(), wanted.name(), type, (instance, args) -> {
            int answer = known.call().apply(instance.memory(), args);
            return answers ? new long[] {answer} : null;
        });
    }

    private static ImportFunction host(FunctionImport wanted, FunctionType type, long[] answer) {
        return new HostFunction(wanted.module(), wanted.name(), type, (Instance _, long... _) -> answer);
    }

    private static String letters(FunctionType type) {
        StringBuilder letters = new StringBuilder();
        for (ValType parameter : type.params()) {
            letters.append(parameter.equals(ValType.I32) ? 'i' : parameter.equals(ValType.I64) ? 'l' : '?');
        }
        return letters.toString();
    }

    private Map<String, Known> known() {
        return Map.ofEntries(
                Map.entry("args_sizes_get", new Known("ii", WasiCalls::none)),
                Map.entry("args_get", new Known("ii", (_, _) -> OK)),
                Map.entry("environ_sizes_get", new Known("ii", WasiCalls::none)),
                Map.entry("environ_get", new Known("ii", (_, _) -> OK)),
                Map.entry("clock_res_get", new Known("ii", (memory, args) -> number(memory, args[1], NANOS))),
                Map.entry("clock_time_get", new Known("ili", (memory, args) -> number(memory, args[2], clock))),
                Map.entry("fd_close", new Known("i", (_, args) -> isStream(args[0]) ? OK : EBADF)),
                Map.entry("fd_fdstat_get", new Known("ii", WasiCalls::stat)),
                Map.entry("fd_fdstat_set_flags", new Known("ii", (_, args) -> isStream(args[0]) ? OK : EBADF)),
                Map.entry("fd_prestat_get", new Known("ii", (_, _) -> EBADF)),
                Map.entry("fd_prestat_dir_name", new Known("iii", (_, _) -> EBADF)),
                Map.entry("fd_seek", new Known("ilii", (_, args) -> isStream(args[0]) ? ESPIPE : EBADF)),
                Map.entry("fd_read", new Known("iiii", this::read)),
                Map.entry("fd_write", new Known("iiii", this::write)),
                Map.entry("random_get", new Known("ii", this::random)),
                Map.entry("sched_yield", new Known("", (_, _) -> OK)),
                Map.entry("proc_exit", new Known("i", (_, args) -> {
                    throw new Exit(args[0] & UNSIGNED);
                })));
    }

    private static boolean isStream(long descriptor) {
        return descriptor >= 0 && descriptor <= 2;
    }

    private static boolean isThere(Memory memory, long address, long length) {
        return (address & UNSIGNED) + length <= (long) memory.pages() * Memory.PAGE_SIZE;
    }

    /** No arguments, no environment. */
    private static int none(Memory memory, long[] args) {
        if (!isThere(memory, args[0], Integer.BYTES) || !isThere(memory, args[1], Integer.BYTES)) {
            return EFAULT;
        }
        memory.writeI32((int) args[0], 0);
        memory.writeI32((int) args[1], 0);
        return OK;
    }

    private static int number(Memory memory, long address, long value) {
        if (!isThere(memory, address, Long.BYTES)) {
            return EFAULT;
        }
        memory.writeLong((int) address, value);
        return OK;
    }

    private static int stat(Memory memory, long[] args) {
        if (!isStream(args[0])) {
            return EBADF;
        }
        if (!isThere(memory, args[1], STAT)) {
            return EFAULT;
        }
        byte[] stat = new byte[STAT];
        stat[0] = STREAM;
        // The rights to read and to write.
        stat[Long.BYTES] = (byte) (args[0] == 0 ? 2 : 64);
        memory.write((int) args[1], stat, 0, STAT);
        return OK;
    }

    private int read(Memory memory, long[] args) {
        return args[0] == 0
                ? vectors(memory, args, (address, length) -> {
                    int count = (int) Math.min(length, input.length - read);
                    memory.write(address, input, read, count);
                    read += count;
                    return count;
                })
                : EBADF;
    }

    private int write(Memory memory, long[] args) {
        if (args[0] != 1 && args[0] != 2) {
            return EBADF;
        }
        ByteArrayOutputStream out = args[0] == 1 ? stdout : stderr;
        return vectors(memory, args, (address, length) -> {
            int room = most - stdout.size() - stderr.size();
            int count = (int) Math.min(length, room);
            out.writeBytes(memory.readBytes(address, count));
            if (length > room) {
                throw new Meter.Met(Limit.OUTPUT);
            }
            return count;
        });
    }

    private interface Vector {
        /** How many bytes were moved. */
        int move(int address, long length);
    }

    /** Looks at all vectors before it moves anything. */
    private int vectors(Memory memory, long[] args, Vector vector) {
        long count = args[2] & UNSIGNED;
        if (count > MOST_VECTORS) {
            return EINVAL;
        }
        if (!isThere(memory, args[1], count * VECTOR) || !isThere(memory, args[3], Integer.BYTES)) {
            return EFAULT;
        }
        for (int i = 0; i < count; i++) {
            int at = (int) args[1] + i * VECTOR;
            if (!isThere(memory, memory.readInt(at), memory.readInt(at + Integer.BYTES) & UNSIGNED)) {
                return EFAULT;
            }
        }
        long moved = 0;
        for (int i = 0; i < count; i++) {
            int at = (int) args[1] + i * VECTOR;
            long length = memory.readInt(at + Integer.BYTES) & UNSIGNED;
            // Moving the first of them may have changed the next.
            if (!isThere(memory, memory.readInt(at), length)) {
                return EFAULT;
            }
            int now = length == 0 ? 0 : vector.move(memory.readInt(at), length);
            meter.charge(now);
            moved += now;
        }
        memory.writeI32((int) args[3], (int) moved);
        return OK;
    }

    private int random(Memory memory, long[] args) {
        long length = args[1] & UNSIGNED;
        if (!isThere(memory, args[0], length)) {
            return EFAULT;
        }
        // A block of 32 bytes takes a hash, about as long as 32 instructions.
        meter.charge(length * VECTOR * 2);
        int at = (int) args[0];
        while (length > 0) {
            if (taken == random.length) {
                digest.update(seed);
                random = digest.digest(
                        ByteBuffer.allocate(Long.BYTES).putLong(block++).array());
                taken = 0;
            }
            int count = (int) Math.min(length, random.length - taken);
            memory.write(at, Arrays.copyOfRange(random, taken, taken + count), 0, count);
            taken += count;
            at += count;
            length -= count;
        }
        return OK;
    }
}
