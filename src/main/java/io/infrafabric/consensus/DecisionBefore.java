package io.infrafabric.consensus;

import io.infrafabric.command.Before;
import jakarta.inject.Singleton;
import java.util.Map;

/** What the audit log shows of decisions before an operator's call. */
@Singleton
class DecisionBefore implements Before {
    private static final String DECISION = """
            SELECT jsonb_strip_nulls(jsonb_build_object('id', id, 'swarm', swarm, 'summary', summary, 'state', state,
              'hazards', hazards, 'quorum', quorum, 'supermajority', supermajority, 'closesAt', closes_at,
              'version', version))::text FROM consensus_decision WHERE id = $1
            """;

    @Override
    public Map<String, String> statements() {
        return Map.of("consensus/decisions", DECISION);
    }
}
