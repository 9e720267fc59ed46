package io.infrafabric.gateway.hooks;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.coordinator.session.SessionInbox.Item;
import io.infrafabric.coordinator.session.SessionTable.Held;
import io.infrafabric.gateway.hooks.HookRule.Outcome;
import io.infrafabric.gateway.hooks.HookRule.Told;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class HookRuleTest {
    private static final Instant NOW = Instant.parse("2026-11-29T12:00:00Z");
    private static final Held BUILD = new Held("build", 3, NOW.plusSeconds(190));
    private static final Item LOSS = new Item(7, "leaseLost", "task:build", "{\"reason\":\"PREEMPTED\"}", NOW);
    private static final Item NEWS = new Item(8, "taskAssigned", "task:next", "{}", NOW);

    @Test
    void a_start_says_where_the_session_stands_and_what_it_may_call() {
        Outcome start = rule(List.of(BUILD), true, Told.NOTHING, List.of(NEWS)).starts();
        assertThat(((HookAnswer.Context) start.answer()).text())
                .startsWith("You are anna in demo. You hold build, epoch 3, until 12:03:10Z.")
                .contains("claim_task", "complete_task")
                .endsWith("New in your inbox:\n8 Task next is assigned to you; claim it.");
        assertThat(start.told().upTo()).isEqualTo(8);
    }

    @Test
    void what_is_new_is_told_once() {
        Outcome first = rule(List.of(BUILD), true, Told.NOTHING, List.of(NEWS)).toolEnds();
        assertThat(first.answer()).isInstanceOf(HookAnswer.Context.class);
        assertThat(rule(List.of(BUILD), true, first.told(), List.of()).toolEnds())
                .isEqualTo(new Outcome(new HookAnswer.Nothing(), first.told()));
    }

    @Test
    void an_edit_is_denied_from_the_loss_until_the_next_claim_or_the_users_word() {
        Told lost =
                rule(List.of(), true, Told.NOTHING, List.of(LOSS)).toolEnds().told();
        assertThat(rule(List.of(), true, Told.NOTHING, List.of(LOSS)).changes().answer())
                .as("even before it was told")
                .isInstanceOf(HookAnswer.Deny.class);
        HookAnswer denied = rule(List.of(), true, lost, List.of()).changes().answer();
        assertThat(((HookAnswer.Deny) denied).reason()).contains("You no longer hold build", "claim_task");
        assertThat(rule(List.of(BUILD), true, lost, List.of()).changes())
                .isEqualTo(new Outcome(new HookAnswer.Nothing(), lost.with(null)));
        Told spoken = rule(List.of(), true, lost, List.of()).turnBegins().told();
        assertThat(rule(List.of(), true, spoken, List.of()).changes().answer()).isEqualTo(new HookAnswer.Nothing());
    }

    @Test
    void a_loss_is_kept_in_mind_when_its_notice_is_read_and_acknowledged() {
        Told seen =
                rule(List.of(), true, Told.NOTHING, List.of(LOSS)).toolStarts().told();
        assertThat(seen.upTo()).isZero();
        assertThat(rule(List.of(), true, seen, List.of()).changes().answer()).isInstanceOf(HookAnswer.Deny.class);
    }

    @Test
    void who_never_held_anything_may_edit_and_who_has_no_money_may_not() {
        assertThat(rule(List.of(), true, Told.NOTHING, List.of(NEWS)).changes().answer())
                .isEqualTo(new HookAnswer.Nothing());
        HookAnswer stopped =
                rule(List.of(BUILD), false, Told.NOTHING, List.of()).changes().answer();
        assertThat(((HookAnswer.Deny) stopped).reason()).contains("breaker");
    }

    @Test
    void it_is_kept_from_stopping_twice_for_each_claim() {
        Outcome first = rule(List.of(BUILD), true, Told.NOTHING, List.of()).turnEnds();
        assertThat(((HookAnswer.GoOn) first.answer()).reason()).contains("build", "epoch 3", "complete_task");
        Outcome second = rule(List.of(BUILD), true, first.told(), List.of()).turnEnds();
        assertThat(second.answer()).isInstanceOf(HookAnswer.GoOn.class);
        assertThat(rule(List.of(BUILD), true, second.told(), List.of())
                        .turnEnds()
                        .answer())
                .isEqualTo(new HookAnswer.Nothing());
        Held again = new Held("build", 4, NOW.plusSeconds(1));
        assertThat(rule(List.of(again), true, second.told(), List.of())
                        .turnEnds()
                        .answer())
                .isInstanceOf(HookAnswer.GoOn.class);
    }

    @Test
    void whoever_has_handed_in_everything_may_stop() {
        assertThat(rule(List.of(new Held("build", 3, null)), true, Told.NOTHING, List.of())
                        .turnEnds()
                        .answer())
                .isEqualTo(new HookAnswer.Nothing());
    }

    @Test
    void each_client_gets_its_own_form() {
        HookAnswer deny = new HookAnswer.Deny("No \"edits\".");
        assertThat(AgentKind.CLAUDE.write(deny, "PreToolUse"))
                .isEqualTo("{\"hookSpecificOutput\":{\"hookEventName\":\"PreToolUse\",\"permissionDecision\":\"deny\","
                        + "\"permissionDecisionReason\":\"No \\\"edits\\\".\"}}");
        assertThat(AgentKind.GEMINI.write(deny, "BeforeTool"))
                .isEqualTo("{\"decision\":\"deny\",\"reason\":\"No \\\"edits\\\".\"}");
        assertThat(AgentKind.CODEX.write(new HookAnswer.GoOn("More."), "Stop"))
                .isEqualTo("{\"decision\":\"block\",\"reason\":\"More.\"}");
        assertThat(AgentKind.GEMINI.write(new HookAnswer.Context("News."), "AfterTool"))
                .isEqualTo(
                        "{\"hookSpecificOutput\":{\"hookEventName\":\"AfterTool\",\"additionalContext\":\"News.\"}}");
        assertThat(AgentKind.GEMINI.point("AfterAgent")).isEqualTo(AgentKind.Point.TURN_ENDS);
        assertThat(AgentKind.CLAUDE.point("SomethingOfTomorrow")).isEqualTo(AgentKind.Point.OTHER);
    }

    @Test
    void four_names_are_read_and_nothing_else() {
        assertThat(
                        read(
                                "{\"prompt\":{\"reason\":\"deep\"},\"hook_event_name\":\"Stop\",\"tool_name\":[1,{}],\"x\":[[]]}"))
                .isEqualTo(new HookCall("Stop", null, null, null));
        assertThat(read("{\"hook_event_name\":\"" + "a".repeat(300) + "\"}"))
                .isEqualTo(new HookCall(null, null, null, null));
        assertThat(read("{\"session_id\":\"9\",\"tool_name\":\"Bash\",\"reason\":\"other\"}"))
                .isEqualTo(new HookCall(null, "9", "Bash", "other"));
        assertThat(read("{}")).isEqualTo(new HookCall(null, null, null, null));
        for (String bad : List.of("", "[]", "1", "{", "{\"a\":1} x", "{\"a\":1}{}", "nonsense")) {
            assertThat(read(bad)).as(bad).isNull();
        }
    }

    private static HookCall read(String body) {
        return HookReader.read(body.getBytes(StandardCharsets.UTF_8));
    }

    private static HookRule rule(List<Held> holding, boolean mayWork, Told told, List<Item> news) {
        return new HookRule("anna", "demo", holding, mayWork, told, news, NOW);
    }
}
