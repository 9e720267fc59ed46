package io.infrafabric.door.process;

import java.util.ArrayList;
import java.util.List;

/**
 * Whether a process can answer, and what it has to do without. It is ready once the schema is there and it knows which
 * tokens are revoked, and it stays ready while PostgreSQL is away: all processes share it, so taking them out of
 * service would only turn answers (503 with {@code Retry-After}) into refused connections. A process that never saw the
 * schema is not ready, so that a rollout with a wrong address or login stops before it replaces what works.
 *
 * @param state {@code ready}, or why it is not
 * @param degraded what it does without: {@code postgres}, {@code redis} (or {@code amqp}), both, or {@code nothing}
 */
record Fitness(String state, String degraded) {
    static final String READY = "ready";
    private static final String NOTHING = "nothing";

    /** What a look at the database came to. */
    sealed interface Look {
        /** The schema is there. */
        record There() implements Look {}

        /** The database answers, and has no schema, or not all of it. */
        record Missing() implements Look {}

        /** It did not answer, or not in time; {@code why} says it in words. */
        record Away(String why) implements Look {}
    }

    /**
     * The rule.
     *
     * @param seen whether the schema was there at any look of this process
     * @param revocations whether it is known which tokens are revoked
     * @param channel what carries the events: {@code redis} or {@code amqp}
     * @param rings whether it accepts writes
     */
    static Fitness of(Look look, boolean seen, boolean revocations, String channel, boolean rings) {
        String state = switch (look) {
            case Look.Missing _ -> "the schema is not there";
            case Look.Away(String why) when !seen -> "PostgreSQL " + why;
            case Look.Away _, Look.There _ -> revocations ? READY : "revoked tokens are not known yet";
        };
        List<String> without = new ArrayList<>();
        if (look instanceof Look.Away) {
            without.add("postgres");
        }
        if (!rings) {
            without.add(channel);
        }
        return new Fitness(state, without.isEmpty() ? NOTHING : String.join(", ", without));
    }

    boolean isReady() {
        return state.equals(READY);
    }

    /** What is wrong with PostgreSQL, in words; {@code nothing} if all is well. */
    static String trouble(Look look) {
        return look instanceof Look.Away(String why) ? why : NOTHING;
    }
}
