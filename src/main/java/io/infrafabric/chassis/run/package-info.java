/**
 * Runs: how a module is executed, and how a run finds its way to a process that may do it.
 *
 * <h2>The sandbox</h2>
 *
 * {@link io.infrafabric.chassis.run.Sandbox} is plain Java: bytes in, an outcome out. The engine is an interpreter
 * (Endive), which looks at a {@code Meter} before each instruction. So fuel is exact, and everything that the engine
 * itself has no bound for is bounded there, before it happens: memory, tables, calls within calls, values on the stack.
 * Instructions that move many bytes at once cost fuel by what they move. The module sees {@code WasiCalls}, written
 * here, because the engine's own ones allocate what the module names; all that is not there answers ENOSYS.
 *
 * <p>Nothing of one run is used for another: the engine keeps what a module does to its tables in the parsed module, so
 * each run parses it anew.
 *
 * <h2>The way of a run</h2>
 *
 * {@code RunTransaction} keeps runs: a row that is QUEUED, RUNNING with a lease, or FINISHED. {@code Runner} executes
 * those that an event told it of, on a thread of its own each, as many at once as there are cores but one, and only as
 * long as the memory that they may take fits into what all may have. What it drops, or loses with its process, comes due
 * again. An outcome is recorded only by the try that it belongs to.
 */
package io.infrafabric.chassis.run;
