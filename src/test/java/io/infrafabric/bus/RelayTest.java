package io.infrafabric.bus;

import static io.infrafabric.bus.BusBed.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.smallrye.mutiny.Uni;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class RelayTest {
    private BusBed bed;

    @BeforeEach
    void start() {
        bed = BusBed.fresh();
    }

    @AfterEach
    void stop() {
        bed.close();
    }

    /** That index is as long as a burst is, and a plan may be made when it is short. */
    @Test
    void marksAreNeverLookedUpAmongAllThatIsUnpublished() {
        assertThat(planWithoutKey(Relay.MARK)).noneMatch(RelayTest::usesUnpublished);
        assertThat(planWithoutKey(Relay.MARK.replace("bus_event.published IS NOT TRUE", "NOT bus_event.published")))
                .as("the index is there, and would serve another condition")
                .anyMatch(RelayTest::usesUnpublished);
    }

    private static boolean usesUnpublished(String line) {
        return line.contains("Index") && line.contains("_at_idx");
    }

    /** How it is planned while no other index can serve; rolled back. */
    private List<String> planWithoutKey(String statement) {
        return await(bed.transactions.run(work -> {
            work.nothingWritten();
            Uni<?> made = work.connection()
                    .query("SET LOCAL enable_seqscan = off; SET LOCAL enable_hashjoin = off;"
                            + " SET LOCAL enable_mergejoin = off; ALTER TABLE bus_event DROP CONSTRAINT bus_event_pkey")
                    .execute();
            return made.chain(() -> work.connection()
                            .query("EXPLAIN (GENERIC_PLAN) " + statement)
                            .execute())
                    .map(rows -> Rows.all(rows, row -> row.getString(0)));
        }));
    }
}
