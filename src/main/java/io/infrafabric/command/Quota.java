package io.infrafabric.command;

import io.infrafabric.problem.Problem;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What a swarm, or a session in it, may use of something.
 *
 * @param name what is counted, as callers are told
 * @param setting the key of the setting that says how much
 * @param owner whose it is, {@code swarm:red} or {@code session:ann}
 */
public record Quota(String name, String setting, String owner, long limit) {

    /** So much is used, and the next one wants more than is left. {@code again} is when that may be over. */
    public record Exceeded(Quota quota, long used, Duration again) {
        /** How it is told. */
        public Problem problem() {
            return Problem.overQuota(quota.name(), quota.owner(), quota.setting(), used, quota.limit())
                    .after(again);
        }
    }

    /** What is used of some quotas, while one after the other asks for more. Not thread-safe. */
    public static final class Room {
        private final Map<Quota, Long> used = new HashMap<>();
        private final Duration wait;

        /** {@code wait} is after which time a refused one may try again. */
        public Room(Map<Quota, Long> used, Duration wait) {
            this.used.putAll(used);
            this.wait = wait;
        }

        /** Takes so much from all of them, or from none and says which is too small; those not known have no limit. */
        public Exceeded take(List<Quota> quotas, int more) {
            for (Quota quota : quotas) {
                long so = used.getOrDefault(quota, 0L);
                if (so + more > quota.limit()) {
                    return new Exceeded(quota, so, wait);
                }
            }
            quotas.forEach(quota -> used.merge(quota, (long) more, Long::sum));
            return null;
        }
    }
}
