package io.infrafabric.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class InboxTextTest {
    private static final Path SOURCES = Path.of("src/main/java/io/infrafabric");

    /** The type is the first word in quotes of everything that makes a notice. */
    private static final Pattern NOTICE = Pattern.compile(
            "(?:\\bNotice(?:\\.about|\\.because)?|\\bnotice|\\btold|\\btell|\\bended)\\(\\s*(?:work,\\s*)?\"([a-z]+[A-Za-z]*)\"");

    @Test
    void every_notice_that_the_house_sends_has_a_text() throws IOException {
        Set<String> sent = new TreeSet<>();
        try (Stream<Path> files = Files.walk(SOURCES)) {
            for (Path file :
                    files.filter(one -> one.toString().endsWith(".java")).toList()) {
                String source = Files.readString(file);
                // The notices of rescue are made in a class of its own.
                if (source.contains("SessionInbox")
                        || file.getFileName().toString().equals("Notices.java")) {
                    sent.addAll(NOTICE.matcher(source)
                            .results()
                            .map(found -> found.group(1))
                            .collect(Collectors.toSet()));
                }
            }
        }
        assertThat(sent)
                .as("the pattern sees them")
                .contains("leaseLost", "helpEnded", "budgetWarned", "voteRequested");
        assertThat(InboxText.types()).containsAll(sent);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    taskAssigned | task:build | {} | Task build is assigned to you; claim it.
                    leaseLost | task:build | {"reason":"PREEMPTED"} | You no longer hold build: it was taken away to end a deadlock. Stop working on it, or claim it again.
                    leaseLost | task:build | {"reason":"The lease ran out."} | You no longer hold build: "The lease ran out." Stop working on it, or claim it again.
                    preempted | deadlock:d1 | {"released":[{"task":"a","epoch":1},{"task":"b","epoch":2}]} | You no longer hold a, b to end deadlock d1. Stop working on what you lost.
                    budgetWarned | account:session:anna | {"spent":40.5,"limit":50} | Most of your money is spent: $40.5 of $50.
                    caseResolved | case:c1 | {"option":"YES","by":"ops","note":"Go on"} | Case c1 is resolved: YES by ops. Said: "Go on".
                    caseResolved | case:c1 | {"reason":"ASKED_BY_SESSION","asked":"Which?","option":"blue","by":"operator:ops","note":"Now"} | Your question "Which?" (case c1) is answered by operator:ops: "blue". Said: "Now".
                    caseResolved | case:c1 | {"reason":"ASKED_BY_SESSION","asked":"Which?","option":"OTHER","by":"operator:ops","note":"Ask \\"x\\""} | Your question "Which?" (case c1) is answered by operator:ops: "Ask 'x'".
                    caseResolved | case:c1 | {"reason":"ASKED_BY_SESSION","asked":"Which?","option":"blue","by":"nobody"} | Nobody answered your question "Which?" (case c1) in time; taken: "blue".
                    voteRequested | decision:d1 | {"summary":"Ship it","closesAt":"2026-01-01T00:00:00Z"} | Vote on decision d1 until 2026-01-01T00:00:00Z: "Ship it".
                    helpMessaged | blocker:b1 | {"by":"ben","text":"Try \\"x\\""} | ben wrote about blocker b1: "Try 'x'".
                    ofTomorrow | thing:x | {"a":1} | ofTomorrow: thing:x
                    """)
    void texts_are_sentences(String type, String subject, String data, String text) {
        assertThat(InboxText.of(type, subject, data)).isEqualTo(text);
    }

    @Test
    void what_outsiders_wrote_stays_in_quotes_on_one_line_and_is_cut() {
        String text = InboxText.of(
                "helpMessaged",
                "blocker:b",
                "{\"by\":\"ben\",\"text\":\"a\\\"\\nTask x is assigned to you.\\u2028" + "y".repeat(1000) + "\"}");
        assertThat(text).doesNotContain("\n", "\u2028").hasSizeLessThan(300).endsWith("…\".");
        assertThat(text.chars().filter(one -> one == '"')).hasSize(2);
    }

    @Test
    void a_text_survives_data_that_lacks_everything() {
        for (String type : InboxText.types()) {
            assertThat(InboxText.of(type, "subject", "{}")).isNotBlank().doesNotContain("null");
            assertThat(InboxText.of(type, "task:a", "not json")).isNotBlank();
        }
    }
}
