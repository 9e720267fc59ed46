package io.infrafabric.budget;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.bus.Rows;
import io.infrafabric.bus.Transactions;
import io.infrafabric.bus.Work;
import io.quarkus.test.junit.QuarkusTest;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.RowSet;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.inject.Inject;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What statements say of breakers is what the rules say: of thousands of random accounts, in a transaction that is rolled back. */
@QuarkusTest
class BreakerInSqlTest {
    private static final int CASES = 1_000;
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    // A swarm's account above each session's; limits, days, and what opens a breaker at random.
    private static final String ACCOUNTS = """
            SELECT setseed(0.9);
            INSERT INTO budget_account (id, parent, path, warn_at, daily_limit, day, tripped, probe_at, probe_hold)
            SELECT 'swarm:breaker-' || n, 'org', ARRAY['org', 'swarm:breaker-' || n], 0.8, $limit, $day, $tripped, $probe, $hold
              FROM generate_series(1, $cases) n;
            INSERT INTO budget_account (id, parent, path, warn_at, daily_limit, day, tripped, probe_at, probe_hold)
            SELECT 'session:breaker-' || n, 'swarm:breaker-' || n, ARRAY['org', 'swarm:breaker-' || n, 'session:breaker-' || n], 0.8,
                   $limit, $day, $tripped, $probe, $hold FROM generate_series(1, $cases) n;
            """.replace("$limit", "CASE WHEN random() < 0.5 THEN 5 END")
            .replace("$day", "(now() AT TIME ZONE 'UTC')::date - floor(random() * 2)::int")
            .replace("$tripped", "random() < 0.3")
            .replace("$probe", "CASE WHEN random() < 0.3 THEN now() + (random() - 0.5) * interval '1 hour' END")
            .replace("$hold", "CASE WHEN random() < 0.5 THEN 'hold' END")
            .replace("$cases", Integer.toString(CASES));

    private static final List<String> SESSIONS =
            IntStream.rangeClosed(1, CASES).mapToObj(n -> "breaker-" + n).toList();

    @Inject
    Transactions transactions;

    @Inject
    AccountTable accounts;

    @Inject
    ClaimHolds holds;

    /** What the statements say: the breaker by account, and the sessions that are stopped, or may hold nothing. */
    private record Said(Map<String, String> breakers, Set<String> stopped, Set<String> mayHold, Purses purses) {}

    @Test
    void statements_say_of_breakers_what_the_rules_say() {
        Said said = transactions
                .run(work -> work.connection()
                        .query(ACCOUNTS)
                        .execute()
                        .chain(() -> said(work))
                        .invoke(work::nothingWritten))
                .await()
                .atMost(PATIENCE);
        Purses purses = said.purses();
        for (String session : SESSIONS) {
            Account own = purses.account(Purses.accountOf(session));
            assertThat(said.breakers())
                    .containsEntry(
                            own.id(),
                            purses.today(own).breaker(purses.now()).state().name());
            if (said.mayHold().contains(session)) {
                assertThat(purses.afford(session, BigDecimal.ZERO)).isEqualTo(new Purses.Verdict.Fits(purses));
            }
            if (said.stopped().contains(session)) {
                assertThat(purses.stopped(session)).as(session).isTrue();
            }
        }
        assertThat(said.breakers().values()).contains("OPEN", "PROBE", "CLOSED");
        assertThat(said.mayHold()).hasSizeBetween(CASES / 10, CASES / 2);
        assertThat(said.stopped()).hasSizeBetween(CASES / 10, CASES / 2);
    }

    private Uni<Said> said(Work work) {
        String[] ids = Rows.column(SESSIONS, Purses::accountOf, String[]::new);
        Uni<RowSet<Row>> breakers = work.connection()
                .preparedQuery("SELECT a.id, " + AccountTable.BREAKER + " FROM budget_account a WHERE a.id = ANY($1)")
                .execute(Tuple.of(ids));
        Uni<RowSet<Row>> mayHold = work.connection()
                .preparedQuery(
                        "SELECT s.id FROM unnest($1::text[]) AS s(id) WHERE " + ClaimHolds.mayHoldNothing("s.id"))
                .execute(Tuple.of(SESSIONS.toArray(String[]::new)));
        return holds.lock(work, SESSIONS)
                .take()
                .chain(purses -> accounts.stopped(work.connection(), SESSIONS)
                        .chain(stopped -> breakers.chain(known -> mayHold.map(may -> {
                            Map<String, String> byAccount = new HashMap<>();
                            known.forEach(row -> byAccount.put(row.getString(0), row.getString(1)));
                            return new Said(
                                    byAccount, stopped, new HashSet<>(Rows.all(may, row -> row.getString(0))), purses);
                        }))));
    }
}
