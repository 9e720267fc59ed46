package io.infrafabric.dissent;

import io.infrafabric.consensus.Minutes;
import io.infrafabric.consensus.Minutes.Conditions;
import io.infrafabric.consensus.Minutes.Motion;
import io.infrafabric.consensus.Minutes.Result;
import io.infrafabric.consensus.Minutes.Said;
import io.infrafabric.event.ConsensusEvent.ClosedBecause;
import io.infrafabric.event.ConsensusEvent.Outcome;
import io.quarkus.runtime.configuration.DurationConverter;
import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Minutes for tests. */
public final class Examples {
    static final Instant AT = Instant.parse("2026-01-02T03:04:05.678901Z");

    /** Unicode, Markdown, JSON and HTML that must come out as it went in. */
    static final String NASTY =
            "# no\n```\n````text\nstill inside\n````\r\n| a | b |\n<script>alert(\"1\")</script> \\u0041 \\\" "
                    + "\t\u0001\u007f\u2028 żółć 中文 \uD83D\uDE80 e\u0301 \u202Ertl \uFEFF end ";

    private Examples() {}

    static Said said(String session, String vote, String confidence, String rationale) {
        return new Said(session, vote, rationale, new BigDecimal(confidence), null, List.of(), null, null, 1, AT);
    }

    static Minutes minutes(Outcome outcome, List<String> hazards, List<Said> votes) {
        return minutes("d-1", "demo", outcome, hazards, votes);
    }

    static Minutes minutes(String decision, String swarm, Outcome outcome, List<String> hazards, List<Said> votes) {
        return new Minutes(
                decision,
                swarm,
                new Motion("Release it", "All is tested.", hazards, "ann", AT, null, "trace-1"),
                new Conditions(
                        8,
                        7,
                        new BigDecimal("0.500000"),
                        new BigDecimal("0.800000"),
                        AT,
                        false,
                        new BigDecimal("0.500000"),
                        null),
                new Result(
                        outcome,
                        outcome.isValid() ? null : "QUORUM_NOT_MET",
                        ClosedBecause.ALL_VOTED,
                        null,
                        AT,
                        new BigDecimal("1.7500")),
                new ArrayList<>(votes),
                List.of("zoe"));
    }

    /** The usual configuration but for one key below {@code s2.dissent}. */
    static DissentConfig config(String key, String value) {
        return new SmallRyeConfigBuilder()
                .withMapping(DissentConfig.class)
                .withSources(new PropertiesConfigSource(Map.of("s2.dissent." + key, value), "test", 1))
                .withConverter(Duration.class, 1, new DurationConverter())
                .build()
                .getConfigMapping(DissentConfig.class);
    }
}
