package io.infrafabric.escalation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.infrafabric.escalation.SessionQuestion.Bounds;
import io.infrafabric.escalation.SessionQuestion.Decision;
import io.infrafabric.escalation.SessionQuestion.Outcome;
import io.infrafabric.escalation.SessionQuestion.Words;
import io.infrafabric.event.EscalationEvent.Severity;
import io.infrafabric.problem.Problem;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What becomes of a session's question. */
class SessionQuestionTest {
    private static final Instant NOW = Instant.parse("2026-11-23T12:00:00Z");
    private static final Bounds BOUNDS = new Bounds(100, 3, 2, Duration.ofHours(24), Duration.ofDays(30));

    private static SessionQuestion question(String deadline) {
        return SessionQuestion.of(
                "anna", "demo", new Words("Which?", List.of("blue", "red"), "t", null, deadline, "blue"), BOUNDS);
    }

    private static Decision decided(String deadline) {
        return question(deadline).decide(List.of(), BOUNDS, "o", NOW);
    }

    @Test
    void a_question_becomes_a_case_of_the_session() {
        Decision.Ask ask = (Decision.Ask) decided("PT30M");
        assertThat(ask.deadline()).isEqualTo("2026-11-23T12:30:00Z");
        assertThat(ask.question().function()).isEqualTo("escalation");
        assertThat(ask.question().subject()).isEqualTo("session:anna");
        assertThat(ask.question().reason()).isEqualTo("ASKED_BY_SESSION");
        assertThat(ask.question().options()).containsExactly("blue", "red", "OTHER");
        assertThat(ask.question().evidence()).containsExactly("task:t");
        assertThat(ask.question().severity()).isEqualTo(Severity.MEDIUM);
    }

    @Test
    void a_question_without_options_is_answered_in_words_and_one_without_deadline_waits_for_the_usual_time() {
        SessionQuestion open = SessionQuestion.of("a", "s", new Words("Why?", null, null, "high", null, null), BOUNDS);
        assertThat(open.options()).containsExactly("OTHER");
        assertThat(open.onNoAnswer()).isEqualTo("NO_ANSWER");
        assertThat(open.severity()).isEqualTo(Severity.HIGH);
        assertThat(((Decision.Ask) open.decide(List.of(), BOUNDS, "o", NOW)).deadline())
                .isEqualTo("2026-11-24T12:00:00Z");
    }

    @ParameterizedTest
    @CsvSource({"2026-11-23T13:00:00+01:00", "2026-11-22T00:00:00Z", "PT0S", "-PT1H", "P31D", "2027-11-23T12:00:00Z"})
    void a_deadline_lies_ahead_and_not_too_far(String deadline) {
        assertThat(decided(deadline)).isEqualTo(new Decision.Not(new Outcome.OutOfTime(Duration.ofDays(30))));
    }

    @Test
    void what_is_asked_already_is_not_asked_twice_and_open_questions_are_bounded() {
        Case open = new Case(
                "c",
                new Case.Matter("escalation", "session:anna", "demo", "ASKED_BY_SESSION"),
                new Case.Wording(
                        Severity.LOW, "Which?", List.of("blue", "red", "OTHER"), List.of("task:t"), "1", NOW, "blue"),
                Case.Handling.open(NOW),
                1,
                null,
                0);
        assertThat(question(null).decide(Collections.nCopies(2, open), BOUNDS, "o", NOW))
                .isEqualTo(new Decision.Not(new Outcome.Same(open)));
        SessionQuestion other =
                SessionQuestion.of("anna", "demo", new Words("Why?", null, null, null, null, null), BOUNDS);
        assertThat(other.decide(Collections.nCopies(2, open), BOUNDS, "o", NOW))
                .isEqualTo(new Decision.Not(new Outcome.TooMany(2)));
        assertThat(other.decide(List.of(open), BOUNDS, "o", NOW)).isInstanceOf(Decision.Ask.class);
        assertThat(SessionQuestion.isOf(open, "anna")).isTrue();
        assertThat(SessionQuestion.isOf(open, "bob")).isFalse();
        assertThat(SessionQuestion.isOf(Examples.open(), "s")).isFalse();
    }

    private static void refused(String field, Words words) {
        assertThatThrownBy(() -> SessionQuestion.of("a", "s", words, BOUNDS))
                .isInstanceOfSatisfying(
                        Problem.class,
                        problem -> assertThat(problem.body(null)).asString().contains("field=" + field));
    }

    @Test
    void bad_words_are_refused_by_their_field() {
        refused("question", new Words(null, null, null, null, null, null));
        refused("question", new Words("x".repeat(101), null, null, null, null, null));
        refused("options", new Words("q", List.of("1", "2", "3", "4"), null, null, null, null));
        refused("options[1]", new Words("q", List.of("1", ""), null, null, null, null));
        refused("options[0]", new Words("q", List.of("OTHER"), null, null, null, null));
        refused("options[0]", new Words("q", List.of("RAISE_LIMIT"), null, null, null, null));
        refused("taskId", new Words("q", null, "no id", null, null, null));
        refused("severity", new Words("q", null, null, "dire", null, null));
        refused("onNoAnswer", new Words("q", List.of("1", "2"), null, null, null, "3"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "soon", "30", "2026-11-23", "PT99999999999999999999H"})
    void a_deadline_is_a_time(String deadline) {
        refused("deadline", new Words("q", null, null, null, deadline, null));
    }

    @Test
    void at_the_deadline_what_the_session_said_is_taken_unless_somebody_decided() {
        Case open = new Case(
                "c",
                new Case.Matter("escalation", "session:anna", "demo", "ASKED_BY_SESSION"),
                new Case.Wording(Severity.LOW, "Which?", List.of("OTHER"), List.of(), "1", NOW, "blue"),
                Case.Handling.open(NOW),
                1,
                null,
                0);
        Case taken = open.unanswered(NOW);
        assertThat(taken.state()).isEqualTo(Case.State.RESOLVED);
        assertThat(taken.ruling().option()).isEqualTo("blue");
        assertThat(taken.ruling().resolvedBy()).isEqualTo("nobody");
        assertThat(taken.handling().note())
                .isEqualTo("Nobody answered until 2026-11-23T12:00:00Z; onNoAnswer was taken.");
        assertThat(taken.unanswered(NOW)).isEqualTo(taken);
    }
}
