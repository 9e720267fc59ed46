package io.infrafabric.chassis.run;

import io.infrafabric.chassis.run.Ran.End;
import io.infrafabric.chassis.run.Ran.Limit;
import java.io.ByteArrayInputStream;
import java.time.Instant;
import java.util.Map;
import run.endive.runtime.ByteArrayMemory;
import run.endive.runtime.Instance;
import run.endive.wasm.Parser;
import run.endive.wasm.WasmModule;
import run.endive.wasm.types.MemoryLimits;

/**
 * Runs a module that was examined. The run sees nothing but its input, and leaves nothing but its outcome; whatever the
 * module does ends there. It needs a thread with a stack of {@link #STACK_BYTES}.
 */
public final class Sandbox {
    /** What the deepest calls within calls need, with room to spare; a thread takes only what it uses. */
    static final long STACK_BYTES = 256L << 20;

    /** A module reads its clock as nanoseconds since 1970 in 64 bits, which end in this year. */
    public static final Instant END_OF_CLOCKS = Instant.parse("2554-01-01T00:00:00Z");

    private static final int PAGES_IN_A_MEBIBYTE = 16;
    private static final int LONGEST_WHY = 500;

    /**
     * What a run may use.
     *
     * @param millis wall clock: it protects, and decides nothing
     * @param fuel instructions
     * @param memoryMb memory of the module, in MiB
     * @param outputBytes both outputs together
     */
    public record Bounds(long millis, long fuel, int memoryMb, int outputBytes) {}

    /** What is run, and with what. */
    @SuppressWarnings("ArrayRecordComponent") // nobody compares or changes the bytes
    record Job(byte[] module, byte[] input, Instant clock, Bounds bounds) {}

    private Sandbox() {}

    /** Why the engine cannot run the module; {@code null} if it can. Only for what was examined before. */
    public static String fault(byte[] bytes) {
        try {
            WasmModule module = parsed(bytes);
            var _ = new WasiCalls(new Meter(0, 0, 0), bytes, new byte[0], Instant.EPOCH, 0, Digests.sha256())
                    .linked(module);
            return null;
        } catch (RuntimeException invalid) {
            return why(invalid);
        }
    }

    /** Runs it to its end. Never fails. */
    static Ran run(Job job) {
        long began = System.nanoTime();
        Bounds bounds = job.bounds();
        int pages = bounds.memoryMb() * PAGES_IN_A_MEBIBYTE;
        Meter meter = new Meter(bounds.fuel(), pages, began + bounds.millis() * 1_000_000);
        WasiCalls wasi =
                new WasiCalls(meter, job.module(), job.input(), job.clock(), bounds.outputBytes(), Digests.sha256());
        End end = end(job.module(), pages, meter, wasi);
        long millis = (System.nanoTime() - began) / 1_000_000;
        return new Ran(end, wasi.stdout(), wasi.stderr(), millis, meter.used());
    }

    // Whatever the engine throws is the module's doing, and must not go any further.
    @SuppressWarnings("PMD.AvoidCatchingThrowable")
    private static End end(byte[] bytes, int pages, Meter meter, WasiCalls wasi) {
        try {
            execute(parsed(bytes), pages, meter, wasi);
            return new End.Exited(0);
        } catch (WasiCalls.Exit exit) {
            return new End.Exited(exit.code());
        } catch (Meter.Met met) {
            return new End.Limited(met.limit());
        } catch (StackOverflowError _) {
            return new End.Limited(Limit.STACK);
        } catch (OutOfMemoryError _) {
            return new End.Limited(Limit.MEMORY);
        } catch (RuntimeException trap) {
            return trap.getCause() instanceof StackOverflowError
                    ? new End.Limited(Limit.STACK)
                    : new End.Trapped(why(trap));
        }
    }

    private static void execute(WasmModule module, int pages, Meter meter, WasiCalls wasi) {
        MemoryLimits own = module.memorySection().orElseThrow().getMemory(0).limits();
        if (own.initialPages() > pages) {
            throw new Meter.Met(Limit.MEMORY);
        }
        Instance instance = Instance.builder(module)
                .withMemoryFactory(ByteArrayMemory::new)
                .withUnsafeExecutionListener(meter)
                .withMachineFactory(running -> {
                    meter.watch(running);
                    return new BoundedMachine(running, meter);
                })
                .withImportValues(wasi.linked(module))
                .withStart(false)
                .build();
        instance.export("_start").apply();
    }

    private static WasmModule parsed(byte[] bytes) {
        // Names of functions are for people who debug.
        return Parser.builder().withCustomParsers(Map.of()).build().parse(() -> new ByteArrayInputStream(bytes));
    }

    private static String why(RuntimeException failure) {
        String why = failure.getMessage() == null ? failure.getClass().getSimpleName() : failure.getMessage();
        return why.substring(0, Math.min(why.length(), LONGEST_WHY));
    }
}
