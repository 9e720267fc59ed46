package io.infrafabric.consensus;

import static io.infrafabric.consensus.Chamber.expect;
import static io.infrafabric.consensus.Chamber.refused;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.infrafabric.fabric.Api.Answer;
import io.infrafabric.fabric.SmallBounds;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import jakarta.inject.Inject;
import org.junit.jupiter.api.Test;

/** A majority that says all it may takes nothing from who objects. */
@QuarkusTest
@TestProfile(SmallBounds.class)
class RoomTest {
    private static final int ELECTORS = 48;
    private static final int EACH = SmallBounds.WORDS / ELECTORS;

    @Inject
    Chambers chambers;

    @Test
    void the_dissenter_has_room_whatever_the_others_say() {
        Chamber chamber = chambers.of(ELECTORS);
        String id = chamber.open("quorum", ELECTORS);
        for (int member = 0; member < ELECTORS - 1; member++) {
            Answer tooLong = chamber.vote(member, id, "vote", "approve", "rationale", "x".repeat(EACH + 1));
            refused(413, "IF_ERR_PAYLOAD_TOO_LARGE", tooLong);
            assertThat(tooLong.body().path("most").asInt()).isEqualTo(EACH);
            expect(201, chamber.vote(member, id, "vote", "approve", "rationale", "x".repeat(EACH)));
            expect(201, chamber.vote(member, id, "vote", "approve", "rationale", "y".repeat(EACH)));
        }
        expect(201, chamber.vote(ELECTORS - 1, id, "vote", "reject", "rationale", "z".repeat(EACH)));
        JsonNode memo = chamber.memo(id);
        assertThat(memo.path("dissentingViews").path(0).path("rationale").asText())
                .isEqualTo("z".repeat(EACH));
        assertThat(memo.path("consensus").path("approvalRate").asDouble()).isLessThan(1);
    }
}
