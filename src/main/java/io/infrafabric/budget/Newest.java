package io.infrafabric.budget;

/**
 * Finds an account's row beside its dead versions, of which an old snapshot keeps one for each booking: from the newest,
 * not from the oldest (V229). What a claim does with accounts goes this way, so a swarm that books while somebody takes a
 * backup stays as fast as it was, but for one booking in some twenty: it finds its page full, so it is entered into the
 * indexes, and then PostgreSQL looks through all entries with the same id.
 *
 * <p>A row that is written by its place ({@code ctid}) must be locked already: the place of a row that somebody else has
 * changed meanwhile is another.
 */
final class Newest {
    /**
     * SQL, the end of a statement that reads {@code row} of budget_account: the one with this id.
     *
     * @param row the name that the statement gives it
     * @param id SQL
     */
    static String of(String row, String id) {
        return "%1$s.id >= %2$s AND %1$s.id <= %2$s ORDER BY %1$s.id DESC LIMIT 1".formatted(row, id);
    }

    private Newest() {}
}
