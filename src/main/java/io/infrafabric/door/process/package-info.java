/**
 * The process behind the door: its connections, the calls under way, its probes and its end.
 *
 * <p><b>More callers than there is room for.</b> {@link io.infrafabric.door.process.Gatekeeper} counts connections as they are
 * accepted. The oldest idle one goes for a new one, and a few places are kept for probes and operators, so that tokens can be
 * revoked in any case. {@link io.infrafabric.door.process.Patience} ends heads that drip;
 * {@link io.infrafabric.door.process.Admission} ends bodies that drip and bounds the calls of one session. Calls that wait have
 * places of their own ({@code coordinator.Seats}).
 *
 * <p><b>When this process is to end</b> (SIGTERM) it says that it is not ready, and calls that wait for something are answered
 * (each room that keeps callers waiting observes {@code ShutdownDelayInitiatedEvent}). Each answer ends its connection
 * ({@link io.infrafabric.door.process.Farewell}), and calls under way have {@code quarkus.shutdown.timeout} to end. Then the door
 * is closed, before anything else is: later calls are told {@code IF_ERR_ENDING}.
 *
 * <p>{@link io.infrafabric.door.process.DeadLetterResource} shows and replays the dead letters of any function, from any process.
 */
package io.infrafabric.door.process;
