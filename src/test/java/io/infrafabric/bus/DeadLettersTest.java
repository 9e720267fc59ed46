package io.infrafabric.bus;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.event.Catalogue;
import io.infrafabric.event.ConsensusEvent.VoteReported;
import io.infrafabric.event.Envelope;
import io.infrafabric.event.Trace;
import io.infrafabric.problem.Problem;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class DeadLettersTest {

    @Test
    void an_error_is_kept_without_nul_and_cut_beside_a_pair() {
        assertThat(DeadLetters.describe(new IllegalStateException("no such thing: a\0b")))
                .startsWith("java.lang.IllegalStateException: no such thing: a\\u0000b")
                .contains("DeadLettersTest");
        for (String shift : new String[] {"", "x"}) {
            String error = DeadLetters.describe(new IllegalStateException(shift + "\ud83d\ude00".repeat(9_000)));
            assertThat(error.length()).isBetween(7_999, 8_000);
            assertThat(new String(error.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8))
                    .isEqualTo(error);
        }
    }

    @Test
    void what_is_confidential_is_kept_out_of_what_is_shown() {
        VoteReported vote = new VoteReported("d", "swarm", "anna", "reject", null, "my reasons", null, null, null);
        Problem refused = Problem.unknownDecision("d");
        String error = DeadLetters.describe(vote, new IllegalStateException("Row (d, anna, reject)", refused));
        assertThat(error)
                .startsWith("java.lang.IllegalStateException\n")
                .contains("There is no decision d", "\tat ", "DeadLettersTest")
                .doesNotContain("reject");
        Envelope envelope = new Envelope(
                new EventIds().next(),
                Catalogue.typeOf(vote).name(),
                "/s2/consensus",
                Instant.parse("2026-11-30T08:00:00Z"),
                Trace.NONE,
                vote);
        String json = Envelopes.write(envelope);
        assertThat(Envelopes.shown(json))
                .contains("\"session\":\"anna\"", "\"vote\":null", envelope.id().toString())
                .doesNotContain("reject", "reasons");
        assertThat(Envelopes.shown(json.replace("\"confidence\":null", "\"confidence\":\"reject\"")))
                .as("what does not fit has no data")
                .contains(envelope.id().toString())
                .doesNotContain("reject", "reasons", "data\"");
        assertThat(Envelopes.shown("my reasons")).isEqualTo("{}");
    }
}
