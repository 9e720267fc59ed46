package io.infrafabric.chassis.run;

import java.util.Arrays;
import java.util.Deque;
import run.endive.runtime.Instance;
import run.endive.runtime.InterpreterMachine;
import run.endive.runtime.MStack;
import run.endive.runtime.StackFrame;
import run.endive.wasm.types.AnnotatedInstruction;
import run.endive.wasm.types.FunctionBody;
import run.endive.wasm.types.FunctionType;

/**
 * The interpreter, with a bound on calls within calls that is the same on every machine. Its own is the thread's stack,
 * and how far that reaches depends on what was compiled.
 */
final class BoundedMachine extends InterpreterMachine {
    private static final int UNKNOWN = -1;

    private final Meter meter;
    private final int[] cells;

    BoundedMachine(Instance instance, Meter meter) {
        super(instance);
        this.meter = meter;
        this.cells = new int
                [instance.functionCount() + instance.module().importSection().importCount()];
        Arrays.fill(cells, UNKNOWN);
    }

    @Override
    protected long[] call(
            MStack stack,
            Instance instance,
            Deque<StackFrame> callStack,
            int function,
            long[] args,
            Object[] references,
            FunctionType type,
            boolean popResults) {
        int needed = cells(instance, function, args.length);
        meter.enter(needed);
        long[] results = super.call(stack, instance, callStack, function, args, references, type, popResults);
        // Whatever is thrown ends the run: nothing within it goes on.
        meter.leave(needed);
        return results;
    }

    private int cells(Instance instance, int function, int parameters) {
        if (cells[function] == UNKNOWN) {
            FunctionBody body = instance.function(function);
            cells[function] = parameters + (body == null ? 0 : cells(body));
        }
        return cells[function];
    }

    private static int cells(FunctionBody body) {
        int deepest = 0;
        for (AnnotatedInstruction instruction : body.instructions()) {
            deepest = Math.max(deepest, instruction.depth());
        }
        return body.localTypes().size() + deepest;
    }
}
