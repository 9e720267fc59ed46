/**
 * The process behind the door: its connections, calls under way, probes and end.
 *
 * <p><b>More callers than there is room for.</b> {@link io.infrafabric.door.process.Gatekeeper} counts connections as
 * they are accepted. A new one replaces the one that has been idle longest. A few places are reserved for probes and
 * operators, so that tokens can be revoked in any case. {@link io.infrafabric.door.process.Patience} ends heads that
 * drip; {@link io.infrafabric.door.process.Admission} ends bodies that drip and bounds the calls of one session.
 * Waiting calls have places of their own ({@code coordinator.Seats}).
 *
 * <p><b>When this process is told to end</b> (SIGTERM), it reports that it is not ready, and answers waiting calls
 * (each room that keeps callers waiting observes {@code ShutdownDelayInitiatedEvent}). It serves on for {@code
 * s2.door.farewell}, and each answer ends its connection ({@link io.infrafabric.door.process.Farewell}). Then calls
 * under way have {@code quarkus.shutdown.timeout} to end, and the door closes before anything else does: later calls get
 * {@code IF_ERR_ENDING}.
 *
 * <p>{@link io.infrafabric.door.process.DeadLetterResource} shows and replays the dead letters of any function, from any process.
 */
package io.infrafabric.door.process;
