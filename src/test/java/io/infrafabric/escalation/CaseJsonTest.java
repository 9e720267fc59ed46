package io.infrafabric.escalation;

import static io.infrafabric.escalation.Examples.NOW;
import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.door.RestJson;
import io.infrafabric.event.EscalationEvent.Severity;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The JSON of a case knows nothing of its parts: it is flat, in one order, to the letter. */
class CaseJsonTest {
    @Test
    void a_case_is_flat_in_its_order() throws Exception {
        Case full = new Case(
                "c",
                new Case.Matter("budget", "account:session:s", "swarm", "BREAKER_BUDGET"),
                new Case.Wording(Severity.HIGH, "How?", List.of("RESET"), List.of("e"), "7", NOW, "RESET"),
                new Case.Handling(
                        Case.State.RESOLVED,
                        NOW,
                        new Case.Seen("ann", NOW),
                        new Case.Ruling("bob", NOW, "RESET", Map.of("allowance", "5")),
                        "note",
                        new Case.Withdrawal("why", NOW)),
                2,
                NOW,
                3);
        assertThat(RestJson.of(full)).isEqualTo("""
                {"id":"c","function":"budget","subject":"account:session:s","swarm":"swarm","reason":"BREAKER_BUDGET",\
                "severity":"HIGH","asked":"How?","options":["RESET"],"evidence":["e"],"occurrence":"7",\
                "deadline":"2026-11-23T12:00:00Z","onNoAnswer":"RESET",\
                "state":"RESOLVED","openedAt":"2026-11-23T12:00:00Z","acknowledgedBy":"ann",\
                "acknowledgedAt":"2026-11-23T12:00:00Z","resolvedBy":"bob","resolvedAt":"2026-11-23T12:00:00Z",\
                "option":"RESET","parameters":{"allowance":"5"},"note":"note","withdrawnBecause":"why",\
                "withdrawnAt":"2026-11-23T12:00:00Z","openings":2,"heldUntil":"2026-11-23T12:00:00Z","version":3}""");
    }

    @Test
    void what_is_not_there_is_left_out() throws Exception {
        assertThat(RestJson.of(Examples.open())).isEqualTo("""
                {"id":"c","function":"budget","subject":"account:session:s","swarm":"swarm","reason":"BREAKER_BUDGET",\
                "severity":"HIGH","asked":"How to go on?","options":["RAISE_LIMIT","RESET","KEEP_STOPPED"],\
                "evidence":[],"occurrence":"7","state":"OPEN","openedAt":"2026-11-23T12:00:00Z","openings":1,\
                "version":0}""");
    }
}
