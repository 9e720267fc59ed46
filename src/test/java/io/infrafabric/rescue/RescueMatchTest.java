package io.infrafabric.rescue;

import static io.infrafabric.rescue.Party.expect;
import static io.infrafabric.rescue.Party.refused;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Who is asked for help: through the door, from what sessions can do and how loaded they are. */
@QuarkusTest
class RescueMatchTest {
    private static final List<String> SIP = List.of("sip");
    private static final List<String> NONE = List.of();

    @Inject
    Party party;

    @AfterEach
    void the_ledger_balances() {
        assertThat(expect(200, party.get("/budget/check")).path("differences").toString())
                .doesNotContain(party.swarm());
    }

    /** Half for domains, three tenths for tools, a fifth for success; two are asked, from 0.70 on. */
    @Test
    void capability_matching() {
        List<String> tools = List.of("git", "make", "python");
        party.enrol("proven", SIP, tools);
        party.enrol("exact", SIP, List.of("python"));
        party.enrol("spare", SIP, List.of("python"));
        party.enrol("unarmed", SIP, NONE);
        party.enrol("stranger", NONE, tools);
        Object work = Party.json(
                "id",
                party.of("t"),
                "swarm",
                party.swarm(),
                "title",
                "Work",
                "domains",
                SIP,
                "assignee",
                party.of("proven"));
        expect(201, party.operate("/coordinator/tasks/batch", "tasks", List.of(work)));
        party.completes("proven", expect(201, party.claim("proven")));

        JsonNode raised = expect(201, party.raise("stuck", "domains", SIP, "tools", tools));

        assertThat(party.rescuers(raised)).containsExactly("proven", "exact");
        JsonNode best = raised.path("rescuers").get(0);
        double success = best.at("/parts/recentSuccess").asDouble();
        assertThat(success).as("better than a newcomer's").isGreaterThan(0.5);
        assertThat(best.at("/parts/domain").asDouble()).isEqualTo(1);
        assertThat(best.at("/parts/tool").asDouble()).isEqualTo(1);
        assertThat(best.path("score").asDouble()).isCloseTo(0.80 + 0.20 * success, within(0.000002));
        assertThat(raised.path("rescuers").get(1).path("score").asDouble()).isEqualTo(0.70);
        assertThat(party.leftOut(raised, "spare")).isEqualTo("OTHERS_TAKEN");
        assertThat(party.leftOut(raised, "unarmed")).isEqualTo("SCORE_TOO_LOW");
        assertThat(party.member(raised.path("leftOut"), "unarmed").path("score").asDouble())
                .isEqualTo(0.60);
        assertThat(party.leftOut(raised, "stranger")).isEqualTo("SCORE_TOO_LOW");
        assertThat(List.of(party.told("proven"), party.told("exact")))
                .allSatisfy(told -> assertThat(told).containsOnlyOnce("helpRequested"));
        assertThat(List.of(party.told("spare"), party.told("unarmed"), party.told("stranger")))
                .allSatisfy(told -> assertThat(told).isEmpty());
    }

    @Test
    void with_all_who_could_help_over_budget_a_human_is_asked() {
        party.enrol("ann", SIP, NONE);
        party.spendAll("ann");
        JsonNode raised = party.raises("stuck", "sip");
        assertThat(raised.path("state").asText()).isEqualTo("ESCALATED");
        assertThat(party.leftOut(raised, "ann")).isEqualTo("OVER_BUDGET");
    }

    @Test
    void who_has_become_busy_since_cannot_accept() {
        party.enrol("ann", SIP, NONE, "maxConcurrentTasks", 1);
        String id = party.raises("stuck", "sip").path("id").asText();
        expect(201, party.operate("/coordinator/tasks", "id", party.of("t"), "swarm", party.swarm(), "title", "Work"));
        expect(201, party.claim("ann"));
        refused(party.call("ann", id, "accept"), 409, "IF_ERR_SESSION_FULL");
        party.enrol("bob", List.of("h323"), NONE);
        JsonNode other = party.raises("bob", "sip");
        assertThat(party.leftOut(other, "ann")).isEqualTo("FULLY_LOADED");
        assertThat(party.leftOut(other, "stuck")).isEqualTo("BLOCKED");
    }

    @Test
    void one_that_nobody_else_can_help_gets_who_was_asked_about_another() {
        party.enrol("both", List.of("sip", "h323"), NONE, "maxConcurrentTasks", 1);
        party.enrol("one", SIP, NONE, "maxConcurrentTasks", 1);
        party.enrol("alone", NONE, NONE);
        JsonNode easy = party.raises("stuck", "sip");
        assertThat(party.rescuers(easy)).containsExactlyInAnyOrder("both", "one");
        JsonNode hard = party.raises("alone", "h323");
        assertThat(party.rescuers(hard)).containsExactly("both");
        assertThat(party.ask(easy.path("id").asText(), "both")).isEqualTo("TAKEN_BACK");
        assertThat(party.ask(easy.path("id").asText(), "one")).isEqualTo("ASKED");
    }

    @Test
    void exactly_seven_tenths_is_asked_and_less_is_not() {
        party.enrol("ann", SIP, List.of("a"));
        JsonNode exactly = expect(201, party.raise("stuck", "domains", SIP, "tools", List.of("a", "b", "c")));
        assertThat(exactly.path("rescuers").get(0).path("score").asDouble()).isEqualTo(0.70);
        JsonNode less = expect(201, party.raise("stuck", "domains", SIP, "tools", List.of("a", "b", "c", "d")));
        assertThat(less.path("state").asText()).isEqualTo("ESCALATED");
        assertThat(party.member(less.path("leftOut"), "ann").path("score").asDouble())
                .isEqualTo(0.675);
    }

    @Test
    void five_hundred_capabilities_in_any_script_and_none_at_all_are_matched() {
        List<String> many =
                IntStream.range(0, 500).mapToObj(i -> "Können-能力-🛠-" + i).toList();
        party.enrol("ann", many, many.subList(0, 250));
        JsonNode explained =
                expect(200, party.operate("/rescue/matches", "swarm", party.swarm(), "domains", many, "tools", many));
        assertThat(explained.path("rescuers").get(0).path("score").asDouble()).isEqualTo(0.75);
        JsonNode all = expect(200, party.operate("/rescue/matches", "swarm", party.swarm()));
        assertThat(all.path("rescuers").get(0).path("score").asDouble()).isEqualTo(0.90);
        assertThat(all.path("leftOut")).isEmpty();
        expect(201, party.raise("stuck", "domains", many, "tools", many));
    }

    @Test
    void what_a_task_needs_is_what_its_blocker_needs() {
        party.enrol("ann", SIP, List.of("python"));
        expect(
                201,
                party.operate(
                        "/coordinator/tasks",
                        "id",
                        party.of("t"),
                        "swarm",
                        party.swarm(),
                        "title",
                        "Work",
                        "domains",
                        SIP,
                        "tools",
                        List.of("python")));
        JsonNode raised = expect(201, party.raise("stuck", "taskId", party.of("t")));
        assertThat(raised.path("domains").get(0).asText()).isEqualTo("sip");
        assertThat(party.rescuers(raised)).containsExactly("ann");
        refused(party.raise("stuck", "taskId", party.of("no-such")), 404, "IF_ERR_UNKNOWN_TASK");
    }
}
