package io.infrafabric.relation;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.door.RestJson;
import io.infrafabric.event.EscalationEvent.Severity;
import io.infrafabric.relation.Contradiction.Ended;
import io.infrafabric.relation.Contradiction.Kind;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The JSON of a contradiction knows nothing of its parts: it is flat, in one order, to the letter. */
class ContradictionJsonTest {
    private static final Instant AT = Instant.parse("2026-01-02T12:00:00Z");

    @Test
    void a_contradiction_is_flat_in_its_order() throws Exception {
        Contradiction full = new Contradiction(
                "x",
                "red",
                new Contradiction.Sides("a", 1, "b", 2),
                new Contradiction.Ground(Kind.DEPENDENCY, true, "c", 3, List.of("c depends on a")),
                new Contradiction.Weight(Severity.LOW, 0.25, 4),
                AT,
                new Contradiction.End(AT, Ended.REVISED),
                false);
        assertThat(RestJson.of(full)).isEqualTo("""
                {"id":"x","swarm":"red","claim1":"a","version1":1,"claim2":"b","version2":2,"kind":"DEPENDENCY",\
                "derived":true,"through":"c","throughVersion":3,"path":["c depends on a"],"severity":"LOW",\
                "score":0.25,"resting":4,"foundAt":"2026-01-02T12:00:00Z","endedAt":"2026-01-02T12:00:00Z",\
                "ended":"REVISED","escalated":false}""");
    }

    @Test
    void what_is_not_there_is_left_out() throws Exception {
        Contradiction stands = new Contradiction(
                "x",
                "red",
                new Contradiction.Sides("a", 1, "b", 1),
                new Contradiction.Ground(Kind.DECLARED, false, null, null, List.of()),
                new Contradiction.Weight(Severity.HIGH, 1, 0),
                AT,
                new Contradiction.End(null, null),
                true);
        assertThat(RestJson.of(stands)).isEqualTo("""
                {"id":"x","swarm":"red","claim1":"a","version1":1,"claim2":"b","version2":1,"kind":"DECLARED",\
                "derived":false,"path":[],"severity":"HIGH","score":1.0,"resting":0,\
                "foundAt":"2026-01-02T12:00:00Z","escalated":true}""");
    }
}
