package io.infrafabric.budget;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.junit.QuarkusTest;
import io.smallrye.mutiny.Uni;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.SqlConnection;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.inject.Inject;
import java.time.Duration;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a claim and its end do with an account does not read what the account once was, though an old snapshot keeps it. */
@QuarkusTest
class NewestTest {
    private static final int BOOKED = 5_000;

    /** A path of the tree, from each account to its row: a few pages each. */
    private static final int FEW_PAGES = 100;

    @Inject
    Pool pool;

    private final String session = UUID.randomUUID().toString();
    private final List<String> plans = new ArrayList<>();
    private SqlConnection old;

    @BeforeEach
    void book_beside_an_old_snapshot() {
        ask(pool.preparedQuery("""
                        INSERT INTO budget_account (id, path, warn_at, daily_limit)
                        VALUES ($1, ARRAY[$1], 0.8, 100), ($2, ARRAY[$1, $2], 0.8, NULL)
                        """).execute(Tuple.of(swarm(), account())));
        old = ask(pool.getConnection());
        ask(old.query("BEGIN ISOLATION LEVEL REPEATABLE READ").execute());
        ask(old.query("SET LOCAL idle_in_transaction_session_timeout = 0").execute());
        ask(old.query("SELECT count(*) FROM budget_account").execute());
        // Up to a page with room: an update that finds its page full is entered into the indexes, and then PostgreSQL
        // looks through all that has the same id, once in some twenty updates.
        ask(pool.query("""
                DO $$ DECLARE
                  this int; that int; before int;
                BEGIN
                  FOR n IN 1..10 * %1$d LOOP
                    UPDATE budget_account SET held = n, total_held = n, version = version + 1 WHERE id IN ('%2$s', '%3$s');
                    COMMIT;
                    CONTINUE WHEN n < %1$d;
                    SELECT (ctid::text::point)[0] INTO this FROM budget_account WHERE id = '%2$s';
                    SELECT (ctid::text::point)[0] INTO that FROM budget_account WHERE id = '%3$s';
                    EXIT WHEN this = that AND this <> before;
                    before := this;
                  END LOOP;
                END $$""".formatted(BOOKED, swarm(), account())).execute());
    }

    @AfterEach
    void the_snapshot_ends() {
        ask(old.query("ROLLBACK").execute());
        ask(old.close());
        // Nothing on the ledger explains their figures.
        ask(pool.preparedQuery("DELETE FROM budget_account WHERE id IN ($1, $2)")
                .execute(Tuple.of(account(), swarm())));
    }

    private String swarm() {
        return "newest:" + session;
    }

    private String account() {
        return Purses.accountOf(session);
    }

    private static <T> T ask(Uni<T> asked) {
        return asked.await().atMost(Duration.ofSeconds(60));
    }

    /** The pages that a statement touches; what it writes is taken back. */
    private long pages(String sql, Tuple values) {
        SqlConnection connection = ask(pool.getConnection());
        try {
            ask(connection.query("BEGIN").execute());
            Object plan = null;
            // At first a connection also reads how its functions are to be run.
            for (int i = 0; i < 2; i++) {
                ask(connection.query("SAVEPOINT before").execute());
                plan = ask(connection
                                .preparedQuery("EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) " + sql)
                                .execute(values))
                        .iterator()
                        .next()
                        .getValue(0);
                ask(connection.query("ROLLBACK TO before").execute());
            }
            JsonObject top = (plan instanceof JsonArray all ? all : new JsonArray(plan.toString()))
                    .getJsonObject(0)
                    .getJsonObject("Plan");
            long pages = top.getLong("Shared Hit Blocks") + top.getLong("Shared Read Blocks");
            if (pages >= FEW_PAGES) {
                plans.add(top.encode());
            }
            return pages;
        } finally {
            ask(connection.query("ROLLBACK").execute());
            ask(connection.close());
        }
    }

    @Test
    void a_claim_finds_its_accounts_beside_all_their_dead_versions() {
        Tuple mine = Tuple.of(new String[] {account()});
        assertThat(pages("SELECT * FROM budget_account WHERE id = $1", Tuple.of(account())))
                .as("by id, from the oldest version on")
                .isGreaterThan(FEW_PAGES);
        plans.clear();

        Map<String, Long> read = new LinkedHashMap<>();
        read.put("lock", pages(AccountTable.LOCK, mine));
        read.put("breakers", pages("SELECT " + AccountTable.ALL_CLOSED.formatted("$1::text"), Tuple.of(session)));
        read.put("hold", pages(ClaimHolds.PLACE, Tuple.from(new Object[] {
            new String[] {"newest-hold-" + session},
            new String[] {account()},
            new String[] {"0.01"},
            new String[] {"newest-task-" + session},
            new Long[] {1L},
            new String[] {null},
            new OffsetDateTime[] {null},
            new String[] {session}
        })));
        read.put("save", pages(LedgerTable.SAVE_ACCOUNTS, Tuple.from(new Object[] {
            new String[] {swarm(), account()},
            new String[] {"100", null},
            new String[] {"0.8", "0.8"},
            new LocalDate[] {LocalDate.now(ZoneOffset.UTC), LocalDate.now(ZoneOffset.UTC)},
            new String[] {"0", "0"},
            new String[] {"0", "0"},
            new String[] {"0", "0"},
            new String[] {"0", "0"},
            new String[] {"0", "0"},
            new Boolean[] {false, false},
            new Boolean[] {false, false},
            new OffsetDateTime[] {null, null},
            new String[] {null, null},
            new String[] {"", ""},
            new OffsetDateTime[] {null, null},
            new Long[] {9L, 9L}
        })));
        assertThat(read.values()).as("pages: " + read + plans).allMatch(pages -> pages < FEW_PAGES);
    }
}
