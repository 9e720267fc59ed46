package io.infrafabric.gateway.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.infrafabric.gateway.source.RuleOutcome.Fails;
import io.infrafabric.gateway.source.RuleOutcome.Fires;
import io.infrafabric.gateway.source.RuleOutcome.Passed;
import io.infrafabric.problem.Problem;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RuleReaderTest {
    private static final Instant NOW = Instant.parse("2026-11-29T12:00:00Z");
    private static final JsonNode BODY = Deliveries.json("""
            {"issue": {"key": "ABC-7", "fields": {"summary": "Do {/issue/key}", "n": 1.0, "urgent": true, "none": null},
             "a/b": {"m~n": "odd"}}, "list": ["x", "y"], "at": 1796000000}""");

    private static List<SourceRule> rules(String text) {
        return RuleReader.read(SourceKind.STANDARD, Deliveries.json(text));
    }

    private static RuleOutcome one(String rule) {
        return rules("[" + rule + "]").getFirst().on(new Occurrence("jira", "issue.created", BODY, NOW));
    }

    private static RuleOutcome when(String condition) {
        return one("{\"when\": [" + condition + "], \"do\": \"cancel\", \"task\": \"t\"}");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{'pointer': '/issue/key', 'equals': 'ABC-7'}|true",
                "{'pointer': '/issue/key', 'equals': 'abc-7'}|false",
                "{'pointer': '/issue/fields/n', 'equals': 1}|true",
                "{'pointer': '/issue/fields/urgent', 'equals': true}|true",
                "{'pointer': '/issue/fields/urgent', 'equals': 'true'}|false",
                "{'pointer': '/issue/key', 'in': ['x', 'ABC-7']}|true",
                "{'pointer': '/issue/key', 'in': ['x', 'y']}|false",
                "{'pointer': '/list/1', 'equals': 'y'}|true",
                "{'pointer': '/list/2', 'equals': 'y'}|false",
                "{'pointer': '/issue/a~1b/m~0n', 'equals': 'odd'}|true",
                "{'pointer': '/issue/fields/none', 'exists': true}|false",
                "{'pointer': '/issue/fields/none', 'exists': false}|true",
                "{'pointer': '/issue', 'exists': true}|true",
                "{'pointer': '/issue/key', 'glob': 'ABC-*'}|true",
                "{'pointer': '/issue/key', 'glob': '*-?'}|true",
                "{'pointer': '/issue/key', 'glob': 'AB'}|false",
                "{'pointer': '/issue/fields/n', 'glob': '*'}|false"
            })
    void conditions(String condition, boolean met) {
        assertThat(when(condition.replace('\'', '"'))).isInstanceOf(met ? Fires.class : Passed.class);
    }

    @Test
    void a_rule_that_passes_says_why() {
        assertThat(when("{\"pointer\": \"/issue/key\", \"equals\": \"x\"}"))
                .isEqualTo(new Passed("rule 1", "/issue/key is \"ABC-7\", not \"x\"."));
        assertThat(one("{\"event\": \"issue.d*\", \"do\": \"cancel\", \"task\": \"t\"}"))
                .isEqualTo(new Passed("rule 1", "The event is issue.created, not issue.d*."));
    }

    @Test
    void a_glob_takes_its_time_with_no_pattern() {
        assertThat(Condition.matches("a*".repeat(40) + "b", "a".repeat(20_000))).isFalse();
        assertThat(Condition.matches("*", "")).isTrue();
        assertThat(Condition.matches("", "")).isTrue();
        assertThat(Condition.matches("?", "")).isFalse();
    }

    @Test
    void templates_are_filled_once_and_what_is_put_in_is_no_template() {
        SourceAction.Submit submit = (SourceAction.Submit) ((Fires) one("""
                {"do": "submit", "task": "jira.{/issue/key}", "title": "{{{/issue/fields/summary}}}",
                 "domains": ["{/list/0}"], "labels": {"key": "{/issue/key}"}, "payload": "/issue/fields",
                 "completedBy": false}""")).action();
        assertThat(submit.task()).isEqualTo("jira.ABC-7");
        assertThat(submit.title()).isEqualTo("{Do {/issue/key}}");
        assertThat(submit.domains()).containsExactly("x");
        assertThat(submit.labels()).containsEntry("key", "ABC-7");
        assertThat(submit.completable()).isFalse();
        assertThat(submit.payload().at("/external/data/urgent").asBoolean()).isTrue();
    }

    @Test
    void a_template_without_a_value_fails_and_says_which() {
        for (String task : List.of("{/nothing}", "{/issue}", "{/issue/fields/none}")) {
            assertThat(one("{\"do\": \"retry\", \"task\": \"" + task + "\"}"))
                    .isInstanceOfSatisfying(
                            Fails.class, fails -> assertThat(fails.why()).startsWith(task + " has no value"));
        }
    }

    @Test
    void when_it_happened_is_when_it_was_taken_in_unless_the_body_says_it() {
        assertThat(((Fires) one("{\"do\": \"fail\", \"task\": \"t\", \"epoch\": \"7\", \"error\": \"{/issue/key}\"}"))
                        .action())
                .isEqualTo(new SourceAction.Fail("t", 7L, NOW, "ABC-7"));
        assertThat(((Fires) one("{\"do\": \"fail\", \"task\": \"t\", \"at\": \"{/at}\"}")).action())
                .isEqualTo(new SourceAction.Fail("t", null, Instant.ofEpochSecond(1_796_000_000L), "It failed."));
        assertThat(one("{\"do\": \"fail\", \"task\": \"t\", \"at\": \"{/issue/key}\"}"))
                .isInstanceOf(Fails.class);
        assertThat(one("{\"do\": \"complete\", \"task\": \"t\", \"epoch\": \"{/issue/key}\"}"))
                .isInstanceOf(Fails.class);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{}|rules",
                "[1]|rules[0]",
                "[{'do': 'explode', 'task': 't'}]|rules[0].do",
                "[{'task': 't'}]|rules[0].do",
                "[{'do': 'cancel'}]|rules[0].task",
                "[{'do': 'cancel', 'task': 't', 'title': 'x'}]|rules[0]",
                "[{'do': 'submit', 'task': 't'}]|rules[0].title",
                "[{'do': 'cancel', 'task': 't{/a'}]|rules[0].task",
                "[{'do': 'cancel', 'task': 't}'}]|rules[0].task",
                "[{'do': 'cancel', 'task': '{a}'}]|rules[0].task",
                "[{'do': 'cancel', 'task': 't', 'when': [{'pointer': 'a', 'equals': 1}]}]|rules[0].when[0].pointer",
                "[{'do': 'cancel', 'task': 't', 'when': [{'pointer': '/a~2', 'equals': 1}]}]|rules[0].when[0].pointer",
                "[{'do': 'cancel', 'task': 't', 'when': [{'pointer': '/a', 'equals': {}}]}]|rules[0].when[0].equals",
                "[{'do': 'cancel', 'task': 't', 'when': [{'pointer': '/a', 'in': []}]}]|rules[0].when[0].in",
                "[{'do': 'cancel', 'task': 't', 'when': [{'pointer': '/a', 'like': 'x'}]}]|rules[0].when[0]",
                "[{'do': 'cancel', 'task': 't'}, {'name': 'rule 1', 'do': 'cancel', 'task': 't'}]|rules[1].name",
                "[{'preset': 'github'}]|rules[0].preset"
            })
    void a_bad_rule_is_refused_with_its_place(String text, String field) {
        assertThatThrownBy(() -> rules(text.replace('\'', '"')))
                .isInstanceOfSatisfying(
                        Problem.class,
                        problem -> assertThat(problem.getMessage()).startsWith(field + ": "));
    }

    @Test
    void a_github_source_has_its_preset_and_others_among_it() {
        assertThat(RuleReader.read(SourceKind.GITHUB, null)).containsExactly(new GitHubRule("s2"));
        assertThat(RuleReader.read(SourceKind.GITHUB, Deliveries.json("""
                [{"preset": "github", "label": "agent"}, {"do": "cancel", "task": "t"}]""")))
                .extracting(SourceRule::name)
                .containsExactly("github", "rule 2");
        assertThat(RuleReader.read(SourceKind.STRIPE, null)).isEmpty();
    }
}
