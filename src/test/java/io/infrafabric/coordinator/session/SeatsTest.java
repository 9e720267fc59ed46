package io.infrafabric.coordinator.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.infrafabric.problem.Code;
import io.infrafabric.problem.Problem;
import org.junit.jupiter.api.Test;

class SeatsTest {
    private final Seats seats = new Seats(3, 2);

    @Test
    void a_session_has_so_many_seats_and_gets_them_back() {
        Seats.Seat first = seats.take("ann");
        seats.take("ann");
        refused("ann", Code.IF_ERR_TOO_MANY_CALLS);
        first.leave();
        first.leave();
        seats.take("ann");
        refused("ann", Code.IF_ERR_TOO_MANY_CALLS);
    }

    @Test
    void all_together_have_so_many() {
        Seats.Seat first = seats.take("ann");
        seats.take("bob");
        seats.take("cyd");
        refused("dan", Code.IF_ERR_OVERLOADED);
        first.leave();
        seats.take("dan");
    }

    private void refused(String session, Code code) {
        assertThatExceptionOfType(Problem.class)
                .isThrownBy(() -> seats.take(session))
                .satisfies(problem -> {
                    assertThat(problem.code()).isEqualTo(code);
                    assertThat(problem.retryAfter()).isPositive();
                });
    }
}
