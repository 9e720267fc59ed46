package io.infrafabric.consensus;

import static io.infrafabric.consensus.Chamber.DECISIONS;
import static io.infrafabric.consensus.Chamber.PATIENCE;
import static io.infrafabric.consensus.Chamber.expect;
import static io.infrafabric.consensus.Chamber.json;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.infrafabric.bus.Aside;
import io.infrafabric.bus.Due;
import io.infrafabric.bus.EntitySessions;
import io.infrafabric.command.Commands;
import io.infrafabric.command.Idempotency;
import io.infrafabric.command.Once.Keep;
import io.infrafabric.coordinator.published.Electorate;
import io.infrafabric.coordinator.session.SessionInbox;
import io.infrafabric.door.answer.AnswerWriter;
import io.infrafabric.event.Trace;
import io.infrafabric.fabric.Api.Answer;
import io.quarkus.test.junit.QuarkusTest;
import io.vertx.core.Context;
import jakarta.inject.Inject;
import java.util.EnumSet;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** The answers to calls that change a decision: all its votes are in them, which may be megabytes. */
@QuarkusTest
class DecisionAnswerTest {
    @Inject
    Chambers chambers;

    @Inject
    EntitySessions sessions;

    @Inject
    Aside aside;

    @Inject
    Commands commands;

    @Inject
    Due due;

    @Inject
    Electorate electorates;

    @Inject
    SessionInbox inboxes;

    @Inject
    ClosingTransaction closings;

    @Inject
    Decisions readings;

    @Inject
    AnswerWriter writer;

    @Inject
    ConsensusConfig config;

    /** Says on which threads decisions became JSON. */
    private static final class Witness extends ConsensusAnswers {
        private final AtomicInteger onWorkers = new AtomicInteger();
        private final AtomicInteger onEventLoops = new AtomicInteger();

        Witness(AnswerWriter writer) {
            super(writer);
        }

        @Override
        Idempotency.Answer write(int status, DecisionView decision) {
            (Context.isOnEventLoopThread() ? onEventLoops : onWorkers).incrementAndGet();
            return super.write(status, decision);
        }
    }

    @Test
    void they_are_written_once_and_on_no_event_loop() {
        Chamber chamber = chambers.of(2);
        String id = chamber.open("quorum", 2);
        expect(201, chamber.say(0, id, "reject"));
        Witness witness = new Witness(writer);
        DecisionTransaction decisions = new DecisionTransaction(
                sessions, aside, commands, due, electorates, inboxes, closings, readings, config);
        Function<DecisionView, Idempotency.Answer> shown = view -> witness.write(ConsensusAnswers.OK, view);
        decisions
                .raise(
                        id,
                        EnumSet.of(Hazard.LEGAL),
                        "olga",
                        chamber.swarm,
                        Trace.NONE,
                        shown,
                        new Keep<>(new Idempotency.Key("raise " + id, "hash"), witness::toKeep))
                .await()
                .atMost(PATIENCE);
        decisions
                .close(
                        id,
                        "olga",
                        chamber.swarm,
                        shown,
                        new Keep<>(new Idempotency.Key("close " + id, "hash"), witness::toKeep))
                .await()
                .atMost(PATIENCE);
        assertThat(chamber.state(id)).isEqualTo("QUORUM_NOT_MET");
        assertThat(witness.onWorkers).hasValue(2);
        assertThat(witness.onEventLoops).hasValue(0);
    }

    @Test
    void who_closes_sees_all_that_was_said_and_the_same_when_asking_again() {
        int members = 12;
        Chamber chamber = chambers.of(members);
        String id = chamber.open("quorum", members);
        String words = "żółć ".repeat(13_000);
        for (int member = 0; member < members - 1; member++) {
            expect(201, chamber.vote(member, id, "vote", "reject", "rationale", words, "alternative", "not " + words));
        }
        String path = DECISIONS + "/" + id + "/close";
        Answer closed = chamber.api.post(path, null, chamber.operator, "Idempotency-Key", "close-" + id);
        JsonNode votes = expect(200, closed).path("votes");
        assertThat(votes)
                .hasSize(members - 1)
                .allSatisfy(vote -> assertThat(vote.path("rationale").asText()).isEqualTo(words));
        Answer again = chamber.api.post(path, null, chamber.operator, "Idempotency-Key", "close-" + id);
        assertThat(again.headers().firstValue("Idempotency-Replayed")).contains("true");
        assertThat(expect(200, again)).isEqualTo(closed.body());
    }

    @Test
    void a_decision_whose_electors_are_silent_says_so_and_waits_for_them() {
        Chamber chamber = chambers.of(2);
        String silent = "/coordinator/sessions/" + chamber.members.get(1);
        expect(200, chamber.api.put(silent, json("swarm", chamber.swarm, "heartbeatSeconds", 1), chamber.operator));
        await().atMost(PATIENCE)
                .until(() -> expect(200, chamber.api.get(silent, chamber.operator))
                        .path("state")
                        .asText()
                        .equals("LOST"));
        Object body = json(
                "swarm", chamber.swarm, "summary", "s", "rationale", "r", "quorum", 2, "electorate", chamber.members);
        Answer opened = chamber.api.post(DECISIONS, body, chamber.operator, "Idempotency-Key", "open-" + chamber.swarm);
        assertThat(expect(201, opened).path("state").asText()).isEqualTo("OPEN");
        assertThat(opened.body().path("unreachableSince").isTextual()).isTrue();
        Answer again = chamber.api.post(DECISIONS, body, chamber.operator, "Idempotency-Key", "open-" + chamber.swarm);
        assertThat(expect(201, again)).isEqualTo(opened.body());
    }
}
