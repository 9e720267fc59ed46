package io.infrafabric.escalation;

import io.infrafabric.command.Before;
import jakarta.inject.Singleton;
import java.util.Map;

/** What the audit log shows of cases before an operator's call. */
@Singleton
class CasesBefore implements Before {
    private static final String CASE = """
            SELECT jsonb_strip_nulls(jsonb_build_object('id', id, 'function', function, 'subject', subject, 'swarm', swarm,
              'reason', reason, 'severity', severity, 'options', options, 'state', state,
              'acknowledgedBy', acknowledged_by, 'note', note, 'version', version))::text
            FROM escalation_case WHERE id = CASE WHEN $1 ~ '^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$'
              THEN $1::uuid END
            """;

    @Override
    public Map<String, String> statements() {
        return Map.of("escalation/cases", CASE);
    }
}
