package io.infrafabric.gateway.source;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.infrafabric.gateway.source.RuleOutcome.Fails;
import io.infrafabric.gateway.source.RuleOutcome.Fires;
import io.infrafabric.gateway.source.RuleOutcome.Passed;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The preset on GitHub's documented examples, with the few members changed that make them matter. */
class GitHubRuleTest {
    private static final Instant NOW = Instant.parse("2026-11-29T12:00:00Z");

    private static RuleOutcome on(String event, JsonNode body) {
        return new GitHubRule("s2").on(new Occurrence("gh", event, body, NOW));
    }

    private static ObjectNode in(JsonNode body, String member) {
        return (ObjectNode) body.path(member);
    }

    private static SourceAction action(RuleOutcome outcome) {
        return ((Fires) outcome).action();
    }

    private static JsonNode issue(String action, String... labels) {
        JsonNode body = Deliveries.example("issues", "opened");
        ((ObjectNode) body).put("action", action);
        var list = in(body, "issue").putArray("labels");
        List.of(labels).forEach(label -> list.addObject().put("name", label));
        return body;
    }

    @Test
    void no_example_as_it_is_means_anything() {
        for (JsonNode one : Deliveries.of("github.jsonl")) {
            JsonNode body = Deliveries.json(one.path("body").textValue());
            assertThat(on(one.path("event").textValue(), body))
                    .as(one.path("event").textValue())
                    .isInstanceOf(Passed.class);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"opened", "labeled"})
    void an_issue_with_the_label_is_a_task(String action) {
        SourceAction.Submit submit =
                (SourceAction.Submit) action(on("issues", issue(action, "s2", "good first, issue")));
        assertThat(submit.task()).isEqualTo("gh.Codertocat.Hello-World.1");
        assertThat(submit.title()).isEqualTo("Spelling error in the README file");
        assertThat(submit.domains()).containsExactly("good first  issue");
        assertThat(submit.completable()).isTrue();
        JsonNode external = submit.payload().path("external");
        assertThat(external.path("source").asText()).isEqualTo("gh");
        assertThat(external.at("/data/body").asText()).contains("It looks like you accidently spelled");
        assertThat(external.at("/data/url").asText()).isEqualTo("https://github.com/Codertocat/Hello-World/issues/1");
        assertThat(on("issues", issue(action, "bug"))).isInstanceOf(Passed.class);
    }

    @Test
    void a_name_that_is_too_long_gives_way_to_the_repository_s_number() {
        JsonNode body = issue("opened", "s2");
        in(body, "repository").put("name", "r".repeat(100));
        ((ObjectNode) body.at("/repository/owner")).put("login", "o".repeat(39));
        assertThat(action(on("issues", body)).task()).isEqualTo("gh." + "o".repeat(39) + ".186853002.1");
    }

    @Test
    void a_title_from_outside_is_one_line_that_can_be_kept() {
        JsonNode body = issue("opened", "s2");
        in(body, "issue").put("title", "a\u0000\nb\ud800");
        assertThat(((SourceAction.Submit) action(on("issues", body))).title()).isEqualTo("a b");
        in(body, "issue").put("title", "\u0000");
        assertThat(((SourceAction.Submit) action(on("issues", body))).title()).isEqualTo("(no title)");
    }

    @ParameterizedTest
    @CsvSource({"completed,true", ",true", "not_planned,false", "duplicate,false"})
    void an_issue_that_is_closed_cancels_unless_a_pull_request_may_have_closed_it(String why, boolean unless) {
        JsonNode body = issue("closed", "s2");
        in(body, "issue").put("state_reason", why);
        assertThat(action(on("issues", body))).isInstanceOfSatisfying(SourceAction.Cancel.class, cancel -> {
            assertThat(cancel.task()).isEqualTo("gh.Codertocat.Hello-World.1");
            assertThat(cancel.unlessCompleted()).isEqualTo(unless);
        });
    }

    @ParameterizedTest
    @CsvSource({"s2/build,build,", "s2/build/4,build,4", "s2/gh.o.r.1/12,gh.o.r.1,12"})
    void a_merged_pull_request_completes_what_its_branch_names(String branch, String task, Long epoch) {
        JsonNode body = merged(branch, "");
        assertThat(action(on("pull_request", body)))
                .isEqualTo(new SourceAction.Complete(
                        task,
                        epoch,
                        Instant.parse("2026-11-29T11:00:00Z"),
                        ((SourceAction.Complete) action(on("pull_request", body))).result()));
        in(body, "pull_request").put("merged", false);
        assertThat(on("pull_request", body)).isInstanceOf(Passed.class);
    }

    private static JsonNode merged(String branch, String text) {
        JsonNode body = Deliveries.example("pull_request", "closed");
        in(body, "pull_request")
                .put("merged", true)
                .put("merged_at", "2026-11-29T12:00:00+01:00")
                .put("body", text);
        ((ObjectNode) body.at("/pull_request/head")).put("ref", branch);
        return body;
    }

    @ParameterizedTest
    @ValueSource(strings = {"S2: build", "Fixes it.\r\n  S2:build \r\nThanks", "x\nS2: build\n"})
    void or_a_line_of_its_text(String text) {
        assertThat(action(on("pull_request", merged("fix", text))).task()).isEqualTo("build");
    }

    @ParameterizedTest
    @ValueSource(strings = {"s2/", "s2/a/b", "s2/a/1/2", "s2//1", "s2/-a", "S2/a", "xs2/a", "s2/a/1234567890123456789"})
    void other_branches_name_nothing(String branch) {
        assertThat(on("pull_request", merged(branch, "S2: a b\nsee S2: a"))).isInstanceOf(Passed.class);
    }

    @Test
    void a_failed_run_fails_the_task_as_of_the_time_when_the_run_was_made() {
        for (String kind : List.of("check_suite", "workflow_run")) {
            JsonNode body = Deliveries.example(kind, "completed");
            in(body, kind)
                    .put("conclusion", "failure")
                    .put("head_branch", "s2/build")
                    .put("created_at", "2026-11-29T10:00:00Z")
                    .putObject("head_repository")
                    .put("id", body.at("/repository/id").asLong());
            assertThat(action(on(kind, body))).isInstanceOfSatisfying(SourceAction.Fail.class, fail -> {
                assertThat(fail.task()).isEqualTo("build");
                assertThat(fail.happened()).isEqualTo("2026-11-29T10:00:00Z");
                assertThat(fail.error()).contains("failed: https://github.com/");
            });
            in(body, kind).put("conclusion", "success");
            assertThat(on(kind, body)).isInstanceOf(Passed.class);
            in(body, kind)
                    .put("conclusion", "failure")
                    .putObject("head_repository")
                    .put("id", 1L);
            assertThat(on(kind, body)).as("a fork's branch").isInstanceOf(Passed.class);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "/s2 retry,OWNER,true",
        "/s2   cancel please,MEMBER,false",
        "/s2 cancel,COLLABORATOR,true",
        "/s2 retry,CONTRIBUTOR,false",
        "/s2 retry,NONE,false",
        "please /s2 retry,OWNER,false",
        "/s2 delete,OWNER,false"
    })
    void a_comment_of_those_who_may_is_a_command(String text, String role, boolean obeyed) {
        JsonNode body = Deliveries.example("issue_comment", "created");
        in(body, "comment").put("body", text).put("author_association", role);
        RuleOutcome outcome = on("issue_comment", body);
        if (obeyed) {
            assertThat(action(outcome).task()).isEqualTo("gh.Codertocat.Hello-World.1");
            assertThat(action(outcome))
                    .isInstanceOf(text.contains("retry") ? SourceAction.Retry.class : SourceAction.Cancel.class);
        } else {
            assertThat(outcome).isInstanceOf(Passed.class);
        }
    }

    @Test
    void a_delivery_that_lacks_what_is_needed_says_so() {
        JsonNode body = issue("opened", "s2");
        in(body, "issue").remove("number");
        assertThat(on("issues", body))
                .isInstanceOfSatisfying(
                        Fails.class, fails -> assertThat(fails.why()).contains("number"));
    }
}
