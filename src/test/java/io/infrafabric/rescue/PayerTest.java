package io.infrafabric.rescue;

import static io.infrafabric.rescue.Party.PATIENCE;
import static io.infrafabric.rescue.Party.expect;
import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.budget.ClaimHolds;
import io.infrafabric.budget.FreeHolds;
import io.infrafabric.budget.Pauses;
import io.infrafabric.command.Commands;
import io.infrafabric.command.Once;
import io.infrafabric.command.Once.Keep;
import io.infrafabric.coordinator.published.Capabilities;
import io.infrafabric.rescue.BlockerTransaction.Answer;
import io.quarkus.test.junit.QuarkusTest;
import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfigBuilder;
import jakarta.inject.Inject;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** On whose account help is: the blocked session's, or, where it is configured so, the rescuer's own. */
@QuarkusTest
class PayerTest {
    @Inject
    Party party;

    @Inject
    Commands commands;

    @Inject
    RescueTransaction rescue;

    @Inject
    BlockerTable blockers;

    @Inject
    Capabilities capabilities;

    @Inject
    ClaimHolds purses;

    @Inject
    FreeHolds holds;

    @Inject
    Pauses pauses;

    private BlockerTransaction paidBy(String payer) {
        RescueConfig config = new SmallRyeConfigBuilder()
                .addDiscoveredConverters()
                .withMapping(RescueConfig.class)
                .withSources(new PropertiesConfigSource(Map.of("s2.rescue.payer", payer), "test", 1))
                .build()
                .getConfigMapping(RescueConfig.class);
        return new BlockerTransaction(commands, rescue, blockers, capabilities, purses, holds, pauses, config);
    }

    private String helpedBy(String session, String payer) {
        party.enrol(session, List.of("sip"), List.of());
        String id = party.raises("stuck", "sip").path("id").asText();
        Once.Reply<Answer> reply = paidBy(payer)
                .accept(id, party.of(session), Keep.nothing())
                .await()
                .atMost(PATIENCE);
        assertThat(reply)
                .isInstanceOfSatisfying(
                        Once.Reply.Now.class, now -> assertThat(now.answer()).isInstanceOf(Answer.Done.class));
        return id;
    }

    private void has(String session, String figure, String amount) {
        assertThat(party.account(session).path(figure).decimalValue())
                .as("%s of %s", figure, session)
                .isEqualByComparingTo(amount);
    }

    private void resolve(String id, String session) {
        List<Map<String, Object>> outcomes = List.of(Party.json("session", party.of(session), "helped", true));
        expect(200, party.call("stuck", id, "resolve", "outcomes", outcomes));
    }

    @Test
    void the_rescuer_pays_where_it_is_configured_so() {
        String id = helpedBy("ann", "RESCUER");
        has("ann", "heldToday", "1.25");
        has("stuck", "heldToday", "0");
        resolve(id, "ann");
        has("ann", "heldToday", "0");
        has("ann", "spentToday", "1.25");
        has("stuck", "spentToday", "0");
    }

    @Test
    void otherwise_the_blocked_session_does() {
        String id = helpedBy("ann", "BLOCKED");
        has("stuck", "heldToday", "1.25");
        resolve(id, "ann");
        has("stuck", "spentToday", "1.25");
        has("ann", "spentToday", "0");
    }
}
