package io.infrafabric.gateway.mcp;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.infrafabric.command.Caller;
import io.infrafabric.problem.Problem;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.Optional;

/**
 * What each session was refused last in this process, for {@code why}. It is a reminder and nothing depends on it, so it is not in the
 * database: another replica, or this one after a restart, does not remember.
 */
@Singleton
public class LastRefusals {
    private static final int MOST = 10_000;
    private static final Duration KEPT = Duration.ofHours(1);

    private final Cache<String, String> last =
            Caffeine.newBuilder().maximumSize(MOST).expireAfterWrite(KEPT).build();

    LastRefusals() {}

    void note(Caller caller, String tool, Problem problem) {
        last.put(key(caller), tool + " was refused. " + Wording.refusal(problem));
    }

    Optional<String> of(Caller caller) {
        return Optional.ofNullable(last.getIfPresent(key(caller)));
    }

    private static String key(Caller caller) {
        return caller.by() + "@" + caller.enrolment();
    }
}
