package io.infrafabric.bench;

/** How much is measured; each can be changed by an environment variable, for a quick look. */
enum Sizes {
    /** Measured pickups of each kind. */
    BENCH_PICKUPS(400),
    /** Pickups of each kind before those that are measured. */
    BENCH_WARM_UP(300),
    /** Tasks that each process works off before pickups and flows are measured. */
    BENCH_WARM_FLOW(20_000),
    /** Tasks of one flow. */
    BENCH_TASKS(5_000),
    /** Whether peers are measured too; 0 leaves them out. */
    BENCH_PEERS(1),
    /** Rounds in which flows and drains are measured in turn; their median is shown. */
    BENCH_ROUNDS(3),
    /** Events that are drained from the bus. */
    BENCH_EVENTS(20_000),
    /** Events whose latency is measured, at 200 a second. */
    BENCH_LATENCIES(2_000),
    /** Sessions that wait in one process. */
    BENCH_WAITING(10_000),
    /** Sessions that listen to their inboxes at one process. */
    BENCH_LISTENERS(2_000),
    /** Notices to listeners whose way is measured. */
    BENCH_NEWS(400),
    /** Holds of one round on a hot account. */
    BENCH_HOLDS(20_000),
    /** Single holds, and reads, of each kind whose time is measured. */
    BENCH_SINGLES(1_000),
    /** Rows of the large ledger. */
    BENCH_LEDGER(10_000_000),
    /** Edges of the largest wait graph; those below are a tenth each. */
    BENCH_EDGES(1_000_000),
    /** Sessions that blockers are matched with. */
    BENCH_RESCUE_SESSIONS(10_000),
    /** Open blockers that are assigned together. */
    BENCH_RESCUE_BLOCKERS(1_000),
    /** Memos in the large chain. */
    BENCH_MEMOS(100_000),
    /** Relations of the largest evidence graph. */
    BENCH_RELATIONS(1_000_000),
    /** Tasks in front of the one that a session can have. */
    BENCH_FRONT(100_000),
    /** Tasks that flow beside an old snapshot. */
    BENCH_FLOW(20_000),
    /** Tasks that wait for one other. */
    BENCH_DEPENDANTS(50_000),
    /** Calls of each way to a provider of models. */
    BENCH_CALLS(1_000),
    /** Streams that are open at once through bulkhead. */
    BENCH_STREAMS(1_000),
    /** Modules without end that are queued together. */
    BENCH_BOMBS(50),
    /** Instructions that each of them may execute. */
    BENCH_BOMB_FUEL(30_000_000),
    /** Signed deliveries in a burst. */
    BENCH_DELIVERIES(10_000),
    /** Readers of the stream of events on one process. */
    BENCH_READERS(1_000),
    /** Events whose way to one reader is timed; a quarter of them goes to all readers. */
    BENCH_READ(2_000);

    private final int usual;

    Sizes(int usual) {
        this.usual = usual;
    }

    /** The number. */
    int get() {
        String given = System.getenv(name());
        return given == null || given.isBlank() ? usual : Integer.parseInt(given.strip());
    }
}
