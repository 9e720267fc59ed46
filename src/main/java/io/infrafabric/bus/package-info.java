/**
 * How events travel: from the transaction that causes them to the transaction of their effect, once.
 *
 * <h2>For a function</h2>
 *
 * A function writes with {@link io.infrafabric.bus.Transactions#run}: it changes its state on the transaction's
 * connection and calls {@link io.infrafabric.bus.Work#emit}. It reacts with one method and a table of what it hears
 * ({@link io.infrafabric.bus.Reactions}), from which its subscriptions are read:
 *
 * <pre>{@code
 * @Produces
 * static final Reactions<Turn, Uni<Void>> HEARS = Reactions.<Turn>atOnce("stealing").on(BreakerOpened.class, Turn::opened);
 *
 * @Incoming("stealing")
 * public Uni<Void> on(EventBatch batch) {
 *     return inbox.take(batch, (work, envelope) -> HEARS.tell(new Turn(work), envelope));
 * }
 * }</pre>
 *
 * It schedules later work with {@link io.infrafabric.bus.Due#at} and gets it back as {@code CameDue}. It moves
 * deadlines in its own tables with {@link io.infrafabric.bus.Deadlines}. It gathers concurrent calls with
 * {@link io.infrafabric.bus.GroupCommit}, wakes waiters with {@link io.infrafabric.bus.Bells}, and does long work with
 * {@link io.infrafabric.bus.Aside}, off the event loop. A function with entities gets a Hibernate session on the
 * connection of its transaction from {@link io.infrafabric.bus.EntitySessions}, and may send SQL on the same
 * connection.
 *
 * <h2>The journey of an event</h2>
 *
 * <ol>
 *   <li>{@code Work.emit} gives it an id (UUIDv7: its time is the day of its partition) and makes its JSON, a CloudEvent
 *       ({@link io.infrafabric.bus.Envelopes}).
 *   <li>{@code Transactions} writes it to {@code bus_event}, the outbox and event log, in the round trip of the COMMIT.
 *   <li>{@link io.infrafabric.bus.Relay} appends it to the stream {@code s2.<function>} of every function that subscribes
 *       to its type ({@link io.infrafabric.bus.Subscriptions}), and marks it published a moment later.
 *   <li>{@link io.infrafabric.bus.StreamReader} (made by {@link io.infrafabric.bus.BusConnector}) reads up to 64
 *       at once, and gives them to the function's method.
 *   <li>{@link io.infrafabric.bus.Inbox} runs one transaction for the batch: a row in {@code bus_inbox} for each event,
 *       the newest version seen of each entity ({@code bus_seen}), and the handler for each event that is new.
 *   <li>The reader acknowledges the batch and removes it from the stream, in one MULTI.
 * </ol>
 *
 * <h2>Tables</h2>
 *
 * {@code bus_event} (outbox and log) and {@code bus_inbox} (what each function has taken in) have a partition for each
 * UTC day ({@link io.infrafabric.bus.Days}). {@code bus_subscription} says which function gets which type;
 * {@code bus_seen}, which version of an entity a function knows; {@code bus_due}, what is due when;
 * {@code bus_attempt}, how often a handler failed on an event; {@code bus_dead_letter}, what was set aside;
 * {@code bus_complete}, up to when everything is known to be taken in; {@code bus_pulse}, when the fabric last ran.
 *
 * <h2>Invariants</h2>
 *
 * <ul>
 *   <li>An event is in the log if and only if its state is committed.
 *   <li>An event's effect on a function is committed if and only if its inbox row is, or the event is a dead letter of
 *       that function, which has an inbox row too. So the remaining work is the log minus the inbox, and a stream may
 *       be lost at any time.
 *   <li>An entry leaves its stream only after its inbox row is committed.
 *   <li>A fact is applied exactly once, in any order. A state event is applied unless a newer version already was.
 *   <li>A process may lose whatever it holds in memory: the sweep ({@link io.infrafabric.bus.Sweep},
 *       {@link io.infrafabric.bus.Recovery}) finds it in the tables.
 * </ul>
 *
 * <h2>What happens on failure</h2>
 *
 * {@link io.infrafabric.bus.FailureKind} is the rule: the infrastructure is away, the transaction was aborted in favour
 * of another one, or the event is at fault.
 *
 * <ul>
 *   <li><b>The process dies after COMMIT:</b> the event is unpublished; the sweep of any process publishes it after 2 s.
 *   <li><b>The answer to COMMIT is lost:</b> the process asks the database by the transaction's id what became of it.
 *   <li><b>Redis is away, or refuses writes</b> (full, a replica): commits go on, and due rows come due. Each process
 *       notices through its own writes, and through a key that it writes every 2 s
 *       ({@link io.infrafabric.bus.Doorbell}). Until Redis is back, every reader reads from the log what its function
 *       has not taken in ({@link io.infrafabric.bus.LogReader}), through the same inbox and with the same tries. Bells
 *       reach only their own process, and waiters look by themselves. A stream that still answers is emptied in the
 *       meantime, because it may be what fills Redis. Events that all subscribers have read from the log are marked,
 *       and not published when Redis is back. If only the writer's way to Redis is cut, readers notice because events
 *       stay unpublished.
 *   <li><b>Redis lost its data:</b> the marker {@code s2.<function>.incarnation} is gone, so everything unhandled is
 *       published again. If only some entries were lost, the check for missing events finds them after a minute.
 *   <li><b>PostgreSQL is away:</b> readers keep their batch and try again with a growing pause; nothing is counted.
 *       When the database is back, the pulse shows a gap, and deadlines move by its length.
 *   <li><b>A consumer dies:</b> after 30 s another one takes over its entries; those that it had committed are
 *       duplicates.
 *   <li><b>A handler fails:</b> the batch is redone event by event. After 5 failures the event becomes a dead letter
 *       ({@link io.infrafabric.bus.DeadLetters}), and the others go through.
 *   <li><b>An event kills its consumers:</b> it is taken over alone, and becomes a dead letter after 20 deliveries. The
 *       same holds on the event log, where {@code bus_attempt} counts how often an event was given out
 *       ({@link io.infrafabric.bus.LogTries}).
 *   <li><b>An unknown type or version:</b> it stays pending, uncounted, until a newer replica takes it.
 * </ul>
 */
package io.infrafabric.bus;
