package io.infrafabric.coordinator.session;

import static io.infrafabric.coordinator.Examples.session;
import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.coordinator.Examples;
import io.infrafabric.coordinator.session.Enrolment.Decision;
import io.infrafabric.coordinator.session.Enrolment.Defaults;
import io.infrafabric.coordinator.session.Session.State;
import java.math.BigDecimal;
import java.util.List;
import org.junit.jupiter.api.Test;

class EnrolmentTest {
    private static final Defaults DEFAULTS = new Defaults(3, 90, 1200);
    private static final Enrolment NOTHING = new Enrolment("ann", null, null, null, null, null, null, null, null, null);

    private final Session known = session("ann", List.of("rust"), List.of("cargo"));

    @Test
    void a_new_session_gets_defaults_for_what_it_does_not_say() {
        Enrolment wish = new Enrolment("ann", "red", null, List.of("git"), null, null, null, null, null, null);
        Session session = enrolled(wish.decide(null, true, DEFAULTS));
        assertThat(session.swarm()).isEqualTo("red");
        assertThat(session.domains()).isEmpty();
        assertThat(session.tools()).containsExactly("git");
        assertThat(session.maxConcurrentTasks()).isEqualTo(3);
        assertThat(session.heartbeatSeconds()).isEqualTo(90);
        assertThat(session.state()).isEqualTo(State.LIVE);
        assertThat(session.version()).isEqualTo(1);
    }

    @Test
    void a_new_session_must_say_its_swarm() {
        assertThat(NOTHING.decide(null, true, DEFAULTS)).isEqualTo(new Decision.SwarmMissing());
    }

    @Test
    void what_is_not_said_stays_as_it_is() {
        Session same = enrolled(NOTHING.decide(known, true, DEFAULTS));
        assertThat(same).usingRecursiveComparison().ignoringFields("version").isEqualTo(known);
        assertThat(same.version()).isEqualTo(known.version() + 1);
    }

    @Test
    void what_is_said_is_changed() {
        Enrolment wish = new Enrolment(
                "ann", "red", List.of("go"), List.of("make"), "other", "m2", new BigDecimal("7"), 9, 10, null);
        Session session = enrolled(wish.decide(known, true, DEFAULTS));
        assertThat(session)
                .isEqualTo(new Session(
                        "ann",
                        "red",
                        List.of("go"),
                        List.of("make"),
                        "other",
                        "m2",
                        new BigDecimal("7"),
                        9,
                        10,
                        State.LIVE,
                        known.lastSeen(),
                        known.version() + 1,
                        known.createdAt(),
                        known.enrolment()));
    }

    @Test
    void each_enrolment_after_leaving_has_a_number_of_its_own() {
        for (State state : State.values()) {
            Session before = Examples.session("ann", "red", List.of(), List.of(), 3, state);
            assertThat(enrolled(NOTHING.decide(before, true, DEFAULTS)).enrolment())
                    .isEqualTo(state == State.LEFT ? 2 : 1);
        }
    }

    @Test
    void a_session_changes_only_its_own_capabilities_provider_and_model() {
        Enrolment own = new Enrolment("ann", null, List.of("go"), List.of(), "other", "m2", null, null, null, null);
        assertThat(enrolled(own.decide(known, false, DEFAULTS)).domains()).containsExactly("go");

        operatorsOnly(new Enrolment("ann", "blue", null, null, null, null, null, null, null, null), known, "swarm");
        operatorsOnly(
                new Enrolment("ann", null, null, null, null, null, BigDecimal.ONE, null, null, null),
                known,
                "hourlyCost");
        operatorsOnly(
                new Enrolment("ann", null, null, null, null, null, null, 4, null, null), known, "maxConcurrentTasks");
        operatorsOnly(
                new Enrolment("ann", null, null, null, null, null, null, null, 9, null), known, "heartbeatSeconds");
    }

    @Test
    void a_session_may_repeat_what_an_operator_has_set() {
        Enrolment same = new Enrolment("ann", "red", null, null, null, null, new BigDecimal("5.00"), 3, 90, null);
        assertThat(enrolled(same.decide(known, false, DEFAULTS)).hourlyCost()).isEqualByComparingTo("5");
    }

    @Test
    void a_session_does_not_enrol_itself() {
        Enrolment wish = new Enrolment("ann", "red", null, null, null, null, null, null, null, null);
        operatorsOnly(wish, null, "id");
        operatorsOnly(wish, in("red", State.LEFT), "id");
    }

    @Test
    void a_session_must_leave_before_it_joins_another_swarm() {
        Enrolment wish = new Enrolment("ann", "blue", null, null, null, null, null, null, null, null);
        assertThat(wish.decide(in("red", State.LIVE), true, DEFAULTS)).isEqualTo(new Decision.ElsewhereLive("red"));
        assertThat(wish.decide(in("red", State.LOST), true, DEFAULTS)).isEqualTo(new Decision.ElsewhereLive("red"));
        Session moved = enrolled(wish.decide(in("red", State.LEFT), true, DEFAULTS));
        assertThat(moved.swarm()).isEqualTo("blue");
        assertThat(moved.state()).isEqualTo(State.LIVE);
    }

    @Test
    void whoever_was_lost_or_has_left_is_live_when_enrolled_again() {
        for (State state : State.values()) {
            assertThat(enrolled(NOTHING.decide(in("red", state), true, DEFAULTS))
                            .state())
                    .isEqualTo(State.LIVE);
        }
    }

    private static Session in(String swarm, State state) {
        return session("ann", swarm, List.of(), List.of(), 3, state);
    }

    private static Session enrolled(Decision decision) {
        assertThat(decision).isInstanceOf(Decision.Enrol.class);
        return ((Decision.Enrol) decision).session();
    }

    private static void operatorsOnly(Enrolment wish, Session known, String field) {
        assertThat(wish.decide(known, false, DEFAULTS)).isEqualTo(new Decision.OperatorsOnly(field));
    }
}
