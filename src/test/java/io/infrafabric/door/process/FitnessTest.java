package io.infrafabric.door.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.door.process.Fitness.Look;
import org.junit.jupiter.api.Test;

class FitnessTest {
    private static final Look THERE = new Look.There();
    private static final Look MISSING = new Look.Missing();
    private static final Look AWAY = new Look.Away("does not answer");

    @Test
    void who_sees_the_schema_and_knows_revocations_is_ready() {
        assertThat(Fitness.of(THERE, true, true, "redis", true)).isEqualTo(new Fitness("ready", "nothing"));
        assertThat(Fitness.of(THERE, true, true, "redis", false)).isEqualTo(new Fitness("ready", "redis"));
        assertThat(Fitness.of(THERE, true, false, "redis", true).state()).isEqualTo("revoked tokens are not known yet");
    }

    /** All others have lost it, too, and a refused connection says less than 503. */
    @Test
    void who_has_lost_the_database_stays_ready_and_says_so() {
        assertThat(Fitness.of(AWAY, true, true, "redis", true)).isEqualTo(new Fitness("ready", "postgres"));
        assertThat(Fitness.of(AWAY, true, true, "redis", false)).isEqualTo(new Fitness("ready", "postgres, redis"));
        assertThat(Fitness.of(AWAY, true, true, "redis", true).isReady()).isTrue();
        assertThat(Fitness.of(AWAY, true, false, "redis", true).isReady())
                .as("no token can be let in")
                .isFalse();
    }

    /** So a rollout with a wrong address or login stops before it replaces what works. */
    @Test
    void who_never_saw_the_schema_is_not_ready() {
        assertThat(Fitness.of(AWAY, false, false, "redis", true).state()).isEqualTo("PostgreSQL does not answer");
        assertThat(Fitness.of(AWAY, false, true, "redis", true).isReady()).isFalse();
        assertThat(Fitness.of(MISSING, false, true, "redis", true).state()).isEqualTo("the schema is not there");
        assertThat(Fitness.of(MISSING, true, true, "redis", true).isReady())
                .as("somebody has removed it")
                .isFalse();
    }
}
