package io.infrafabric.chassis.credential;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.infrafabric.chassis.credential.ClaimEpochs.Standing;
import io.infrafabric.chassis.credential.Issuing.Wish;
import io.infrafabric.command.Caller;
import io.infrafabric.command.Role;
import io.infrafabric.command.TaskScope;
import io.infrafabric.problem.Unauthenticated;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class IssuingTest {
    private static final Caller ANN = new Caller("ann", "red", Role.SESSION);
    private static final int MOST = 3;

    private static Wish wish(TaskScope with) {
        return new Wish(ANN, 7, "t", List.of(), Duration.ofMinutes(5), "ann", with);
    }

    private static Standing held(String by, long epoch) {
        return new Standing("red", "CLAIMED", by, true, epoch);
    }

    private static TaskScope scope(long epoch) {
        return new TaskScope("c", "t", epoch, List.of());
    }

    @Test
    void a_credential_is_for_the_claim_that_the_session_has() {
        assertThat(Issuing.decide(wish(null), held("ann", 4), 0, false, MOST)).isEqualTo(new Issuing.Issue(4));
        assertThat(Issuing.decide(wish(null), new Standing("red", "CHECKING", "ann", true, 4), 0, false, MOST))
                .isEqualTo(new Issuing.Issue(4));
    }

    @Test
    void without_a_claim_there_is_none() {
        assertThat(Issuing.decide(wish(null), null, 0, false, MOST)).isEqualTo(new Issuing.UnknownTask());
        assertThat(Issuing.decide(wish(null), new Standing("blue", "CLAIMED", "ann", true, 4), 0, false, MOST))
                .isEqualTo(new Issuing.UnknownTask());
        assertThat(Issuing.decide(wish(null), held("bob", 4), 0, false, MOST))
                .isEqualTo(new Issuing.NotHeld("CLAIMED"));
        assertThat(Issuing.decide(wish(null), new Standing("red", "QUEUED", null, false, 4), 0, false, MOST))
                .isEqualTo(new Issuing.NotHeld("QUEUED"));
        assertThat(Issuing.decide(wish(null), new Standing("red", "CHECKING", "ann", false, 4), 0, false, MOST))
                .as("a session that is lost")
                .isEqualTo(new Issuing.NotHeld("CHECKING"));
    }

    @Test
    void a_session_has_a_bounded_number() {
        assertThat(Issuing.decide(wish(null), held("ann", 4), MOST - 1, false, MOST))
                .isEqualTo(new Issuing.Issue(4));
        assertThat(Issuing.decide(wish(null), held("ann", 4), MOST, false, MOST))
                .isEqualTo(new Issuing.TooMany(MOST));
    }

    @Test
    void one_that_is_over_issues_none() {
        assertThat(Issuing.decide(wish(scope(4)), held("ann", 4), 1, true, MOST))
                .isEqualTo(new Issuing.Issue(4));
        assertThat(Issuing.decide(wish(scope(4)), held("ann", 4), 1, false, MOST))
                .isEqualTo(new Issuing.Over(Unauthenticated.REVOKED));
        assertThat(Issuing.decide(wish(scope(4)), held("ann", 5), 1, true, MOST))
                .as("a newer claim of the same session")
                .isEqualTo(new Issuing.Over(Unauthenticated.CLAIM_ENDED));
        assertThat(Issuing.decide(wish(scope(4)), held("bob", 4), 1, true, MOST))
                .isEqualTo(new Issuing.Over(Unauthenticated.CLAIM_ENDED));
    }

    @Test
    void a_handle_is_256_random_bits_and_shows_itself_to_nobody() {
        Random random = new Random(1);
        Set<String> seen = new HashSet<>();
        for (int i = 0; i < 1000; i++) {
            byte[] bytes = new byte[Handle.BYTES];
            random.nextBytes(bytes);
            Handle handle = Handle.of(bytes);
            assertThat(handle.token()).matches("s2c_[A-Za-z0-9_-]{43}");
            assertThat(handle.sha256()).matches("[0-9a-f]{64}");
            assertThat(handle.toString()).doesNotContain(handle.token().substring(4));
            assertThat(seen.add(handle.token())).isTrue();
        }
        assertThatThrownBy(() -> Handle.of(new byte[16])).isInstanceOf(IllegalArgumentException.class);
    }
}
