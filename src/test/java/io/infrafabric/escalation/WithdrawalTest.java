package io.infrafabric.escalation;

import static io.infrafabric.escalation.Desk.PATIENCE;
import static io.infrafabric.escalation.Desk.expect;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import io.infrafabric.bus.EntitySessions;
import io.infrafabric.bus.Transactions;
import io.infrafabric.event.EscalationEvent.CauseEnded;
import io.infrafabric.event.EscalationEvent.Severity;
import io.infrafabric.event.Event;
import io.infrafabric.event.Trace;
import io.infrafabric.fabric.Api.Answer;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.inject.Inject;
import java.net.URI;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Cases whose cause goes away, before or after they are opened. */
@QuarkusTest
class WithdrawalTest {
    @TestHTTPResource("/")
    URI fabric;

    @ConfigProperty(name = "s2.door.operator-token")
    String operator;

    @Inject
    Transactions transactions;

    @Inject
    EntitySessions sessions;

    @Inject
    CaseTable cases;

    @Inject
    Pool pool;

    private Desk desk;

    @BeforeEach
    void a_desk() {
        desk = new Desk(fabric, operator, transactions);
    }

    private int withdrawn(String subject) {
        return pool.preparedQuery(
                        "SELECT FROM bus_event WHERE type = 's2.escalation.case-withdrawn.v1' AND subject = $1")
                .execute(Tuple.of(subject))
                .await()
                .atMost(PATIENCE)
                .size();
    }

    private static CauseEnded gone(String subject, String swarm, Instant before) {
        return new CauseEnded(Desk.ASKING, subject, swarm, "BREAKER_BUDGET", "It rained.", before);
    }

    @Test
    void a_case_whose_cause_is_gone_is_withdrawn_and_decided_no_more() {
        String id = desk.opened(desk.of("account:gone")).path("id").asText();
        String other = desk.opened(desk.of("account:not-gone")).path("id").asText();
        desk.emit(gone(desk.of("account:gone"), desk.swarm, Instant.EPOCH));
        desk.emit(gone(desk.of("account:gone"), desk.swarm, Instant.parse("2999-01-01T00:00:00Z")));
        await().atMost(PATIENCE)
                .until(() -> desk.read(id).path("state").asText().equals("WITHDRAWN"));
        assertThat(desk.read(id).path("withdrawnBecause").asText()).isEqualTo("It rained.");
        assertThat(desk.read(id).has("resolvedBy")).isFalse();
        assertThat(desk.read(other).path("state").asText()).isEqualTo("OPEN");
        Answer late = desk.resolve(id, operator, "option", "RESET");
        expect(409, late);
        assertThat(late.code()).isEqualTo("IF_ERR_CASE_WITHDRAWN");
        assertThat(late.body().path("withdrawnBecause").asText()).isEqualTo("It rained.");
        assertThat(withdrawn(desk.of("account:gone"))).isOne();
        assertThat(desk.list("?swarm=" + desk.swarm + "&state=withdrawn")).hasSize(1);
    }

    @Test
    void what_is_asked_later_and_what_is_decided_stay_when_a_cause_goes_away() {
        String subject = desk.of("account:stays");
        String decided = desk.opened(subject).path("id").asText();
        expect(200, desk.resolve(decided, operator, "option", "RESET"));
        desk.emit(desk.question(subject, Severity.HIGH, "2"));
        await().atMost(PATIENCE).until(() -> desk.about(subject).size() == 2);
        Instant opened =
                Instant.parse(desk.about(subject).getFirst().path("openedAt").asText());
        desk.emit(gone(subject, desk.swarm, opened));
        desk.emit(gone(desk.of("account:marker"), desk.swarm, opened));
        await().atMost(PATIENCE).until(() -> handled(subject) && handled(desk.of("account:marker")));
        assertThat(desk.about(subject))
                .extracting(found -> found.path("state").asText())
                .containsExactly("OPEN", "RESOLVED");
    }

    /** Escalation may be at zero for a while: the case is opened when its cause is gone already, and told so next. */
    @Test
    void a_case_that_is_opened_late_is_withdrawn_when_it_was_asked_before_its_cause_went_away() {
        String subject = desk.of("account:late");
        Instant asked = Instant.now().minusSeconds(60);
        desk.emit(
                desk.question(subject, Severity.HIGH, "1", asked),
                gone(subject, desk.swarm, asked.plusSeconds(1)),
                desk.question(subject, Severity.HIGH, "2", asked.plusSeconds(2)));
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(desk.about(subject))
                        .extracting(
                                found -> found.path("occurrence").asText(),
                                found -> found.path("state").asText())
                        .containsExactlyInAnyOrder(tuple("1", "WITHDRAWN"), tuple("2", "OPEN")));
    }

    /** Facts come in any order: that the cause is gone may be told before the question arrives. */
    @Test
    void a_question_that_comes_after_its_cause_has_gone_makes_no_case() {
        Instant asked = Instant.now().minusSeconds(60);
        String subject = desk.of("account:reordered");
        String forGood = desk.of("account:for-good");
        String evidence = desk.of("account:org");
        desk.emit(
                gone(subject, desk.swarm, asked.plusSeconds(1)),
                gone(forGood, desk.swarm, null),
                gone(subject, desk.swarm, asked.minusSeconds(1)));
        await().atMost(PATIENCE).until(() -> handled(subject) && handled(forGood));
        desk.emit(
                desk.question(subject, Severity.HIGH, "before", asked),
                desk.question(subject, Severity.HIGH, "after", asked.plusSeconds(2)),
                desk.question(forGood, Severity.HIGH, "1", null),
                desk.question(desk.of("account:marker"), Severity.HIGH, "1", null));
        await().atMost(PATIENCE)
                .until(() -> !desk.about(desk.of("account:marker")).isEmpty());
        assertThat(desk.about(subject))
                .extracting(found -> found.path("occurrence").asText())
                .containsExactly("after");
        assertThat(desk.about(forGood)).isEmpty();
        desk.emit(gone(evidence, desk.swarm, asked.plusSeconds(10)));
        await().atMost(PATIENCE).until(() -> handled(evidence));
        String shows = desk.of("account:shows");
        desk.emit(
                desk.question(shows, Severity.HIGH, "before", asked.plusSeconds(5)),
                desk.question(shows, Severity.HIGH, "after", asked.plusSeconds(11)));
        await().atMost(PATIENCE).until(() -> !desk.about(shows).isEmpty());
        assertThat(desk.about(shows))
                .extracting(found -> found.path("occurrence").asText())
                .containsExactly("after");
    }

    /** As two replicas may: whichever is first, nobody is asked what is over. */
    @Test
    void a_question_and_the_end_of_its_cause_at_the_same_time_leave_no_open_case() {
        Instant asked = Instant.now().minusSeconds(60);
        Question.Bounds bounds = new Question.Bounds(100, 10, 10);
        List<Uni<Void>> all = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            String subject = desk.of("account:at-once" + i);
            Question question = Question.of(desk.question(subject, Severity.LOW, "1", asked), bounds);
            Cause cause = Cause.of(gone(subject, desk.swarm, asked.plusSeconds(1)));
            all.add(sessions.run((session, work) -> cases.open(session, work, question, Trace.NONE)));
            all.add(sessions.run((session, work) -> cases.withdraw(session, work, cause, Trace.NONE)));
        }
        Uni.join().all(all).andFailFast().await().atMost(PATIENCE);
        assertThat(desk.list("?limit=500&state=open&swarm=" + desk.swarm)).isEmpty();
        assertThat(pool.preparedQuery("SELECT FROM escalation_ended WHERE subject LIKE $1")
                        .execute(Tuple.of(desk.of("account:at-once%")))
                        .await()
                        .atMost(PATIENCE)
                        .size())
                .isEqualTo(20);
    }

    /** Whether escalation has taken in that the cause of this is gone. */
    private boolean handled(String subject) {
        return pool.preparedQuery("SELECT 1 FROM bus_inbox i JOIN bus_event e ON e.day = i.day AND e.id = i.event"
                                + " WHERE i.function = 'escalation' AND e.type = 's2.escalation.cause-ended.v1'"
                                + " AND e.subject = $1")
                        .execute(Tuple.of(subject))
                        .await()
                        .atMost(PATIENCE)
                        .size()
                > 0;
    }

    @Test
    void more_cases_than_one_transaction_takes_are_withdrawn_in_turn() {
        String evidence = desk.of("account:org");
        List<Event> many = new ArrayList<>();
        for (int i = 0; i < 130; i++) {
            many.add(desk.question(desk.of("account:many" + i), Severity.LOW, "1"));
        }
        desk.emit(many.toArray(Event[]::new));
        String all = "?limit=500&swarm=" + desk.swarm;
        await().atMost(PATIENCE).until(() -> desk.list(all).size() == many.size());
        desk.emit(new CauseEnded(
                Desk.ASKING,
                evidence,
                desk.swarm,
                "BREAKER_BUDGET",
                "It rained.",
                Instant.parse("2999-01-01T00:00:00Z")));
        await().atMost(PATIENCE).until(() -> desk.list(all + "&state=withdrawn").size() == many.size());
    }
}
