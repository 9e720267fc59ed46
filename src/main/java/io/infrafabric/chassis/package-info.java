/**
 * The chassis (seed Phase 0, IF.chassis): it runs what nobody trusts. A task may name a checker, a WASM module, and a
 * completion counts only if the checker exits with 0. The same module with the same input gives the same verdict on
 * every machine, so a memo or a stated claim can cite it as evidence.
 *
 * <pre>
 *   PUT a module --> examined at the door (chassis.module), kept by its SHA-256
 *   POST …/runs ---> a row (QUEUED) and an event, in one transaction        CheckRequested --> the same
 *                        |  wakes a chassis process, from zero
 *                        v
 *                    claimed under the row's lock (RUNNING, a lease) --> Sandbox, on a thread of its own
 *                        |  FINISHED, with what came out                     CheckJudged, and the row is gone
 *                        v
 *                    whoever waits looks again (the bell run:&lt;id&gt;); the row is deleted an hour later
 * </pre>
 *
 * <h2>What always holds</h2>
 *
 * <ul>
 *   <li>Any process serves the doors; only a process of this function runs a module. No coordinator ever does.
 *   <li>A run that has not finished has a due row. If its process dies, the lease runs out and the run is tried again.
 *   <li>A run is deterministic: fuel decides, and the clock and the random bytes are inputs. The wall clock only protects
 *       the process. A check that meets it is run again, and is broken only after the third time.
 *   <li>A module reaches no file, no network, no environment, no other process. It gets its input, and two outputs.
 *   <li>All is bounded: a module before it is kept ({@link io.infrafabric.chassis.module.Examination}), a run while it
 *       runs ({@code Sandbox}), all runs together by {@link io.infrafabric.chassis.ChassisConfig}.
 *   <li>A version of a module stays as long as a task that has not ended is pinned to it ({@code ModulePins}).
 * </ul>
 *
 * <h2>How it is built</h2>
 *
 * The coordinator uses this room (it pins a version when a task is submitted), so this room knows nothing of the
 * coordinator: it asks by interfaces ({@code ModulePins}, {@code CheckInputs}) that the coordinator implements.
 *
 * <p>Scoped credentials, which agents give to programs that work for them, are a room of their own
 * ({@link io.infrafabric.chassis.credential}). They run no module, and every process checks them at its door.
 *
 * <h2>On failure</h2>
 *
 * A process that dies in a run leaves a lease; when it runs out the run comes due. A run that killed its process so
 * often that its tries are used up is finished as a trap. While PostgreSQL is away, nothing begins; while Redis is away,
 * runs are found a few seconds later.
 */
package io.infrafabric.chassis;
