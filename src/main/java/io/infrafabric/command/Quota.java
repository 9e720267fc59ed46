package io.infrafabric.command;

import io.infrafabric.problem.Problem;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * How much of something a swarm, or a session in it, may use.
 *
 * @param name what is counted, as callers see it
 * @param setting the key of the setting that says how much
 * @param owner whose quota it is, {@code swarm:red} or {@code session:ann}
 */
public record Quota(String name, String setting, String owner, long limit) {

    /** Too little is left for the next request: {@code used} is used. {@code again} says when to retry. */
    public record Exceeded(Quota quota, long used, Duration again) {
        /** The refusal that the caller gets. */
        public Problem problem() {
            return Problem.overQuota(quota.name(), quota.owner(), quota.setting(), used, quota.limit())
                    .after(again);
        }
    }

    /** What is used of some quotas, while requests are admitted one after the other. Not thread-safe. */
    public static final class Room {
        private final Map<Quota, Long> used = new HashMap<>();
        private final Duration wait;

        /** A refused request may try again after {@code wait}. */
        public Room(Map<Quota, Long> used, Duration wait) {
            this.used.putAll(used);
            this.wait = wait;
        }

        /**
         * Takes {@code more} from all of them; or takes nothing and says which one is too small. Unknown quotas have no
         * limit.
         */
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
