package io.infrafabric.dissent;

import static io.infrafabric.dissent.Examples.AT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.infrafabric.dissent.Chain.Head;
import io.infrafabric.dissent.Chain.Kind;
import io.infrafabric.dissent.Chain.Link;
import io.infrafabric.event.ConsensusEvent.Outcome;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The program in {@code docs/memos.md} is run as it stands there, where there is a Python. */
class MemoRecipeTest {
    private static final Pattern PROGRAM = Pattern.compile("```python\n(.*?)```", Pattern.DOTALL);

    @TempDir
    Path directory;

    private Path program;

    @BeforeEach
    void the_program_of_the_page() throws IOException, InterruptedException {
        assumeTrue(runs("python3", "--version"), "no python3 here");
        Matcher found = PROGRAM.matcher(Files.readString(Path.of("docs/memos.md")));
        assertThat(found.find()).isTrue();
        program = Files.writeString(directory.resolve("check.py"), found.group(1));
    }

    private static boolean runs(String... command) throws InterruptedException {
        try {
            return new ProcessBuilder(command).redirectErrorStream(true).start().waitFor() == 0;
        } catch (IOException none) {
            return false;
        }
    }

    private String check(String exported) throws IOException, InterruptedException {
        Path file = Files.writeString(directory.resolve("memo.json"), exported);
        Process python = new ProcessBuilder("python3", program.toString(), file.toString())
                .redirectErrorStream(true)
                .start();
        String said = new String(python.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return python.waitFor() + " " + said.strip();
    }

    private static String exported() {
        Memo memo = Memo.of(
                Examples.minutes(
                        Outcome.ESCALATED,
                        List.of("conflict>20%"),
                        List.of(
                                Examples.said("a", "approve", "0.0001", "y"),
                                Examples.said("b", "reject", "0.9999", Examples.NASTY),
                                Examples.said("c", "abstain", "1", "?"))),
                AT);
        Link link = Chain.append(new Head(41, "0123456789abcdef".repeat(4)), Kind.MEMO, "d-1", "demo", memo, AT);
        Link addendum = Chain.append(
                link.head(),
                Kind.HUMAN_RESOLUTION,
                "d-1",
                "demo",
                new MemoTransaction.Resolution("APPROVE", "olga", Examples.NASTY, "case-1", AT, AT),
                AT);
        return Chain.exported(link, ",\"addenda\":[" + Chain.exported(addendum, "") + "]");
    }

    @Test
    void it_finds_an_exported_memo_intact() throws IOException, InterruptedException {
        assertThat(check(exported())).isEqualTo("0 intact");
    }

    @Test
    void it_finds_one_changed_byte_in_the_memo_and_in_the_addendum() throws IOException, InterruptedException {
        assertThat(check(exported().replaceFirst("Release it", "Release It")))
                .isEqualTo("1 link 42 is not what it was");
        assertThat(check(exported().replace("\"olga\"", "\"Olga\""))).isEqualTo("1 link 43 is not what it was");
    }
}
