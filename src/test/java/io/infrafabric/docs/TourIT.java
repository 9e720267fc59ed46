package io.infrafabric.docs;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.fabric.FabricProcess;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * What the pages tell people to paste is pasted: each block of a page goes to one shell, in a directory with the data of a
 * fabric that has just been started. A block of text after it is what it prints, where {@code …} stands for anything.
 * What refuses a call is shown, or the test fails.
 */
class TourIT {
    private static final String MARK = "@@ block ";

    private static Path directory = Path.of("");
    private static FabricProcess fabric;

    @BeforeAll
    static void start() throws IOException {
        Path parent = Files.createDirectories(Path.of("target", "tour-it").toAbsolutePath());
        directory = Files.createTempDirectory(parent, "d");
        fabric = FabricProcess.launch(
                        "tour", Map.of("S2_DATA_DIR", directory.resolve(".s2").toString()))
                .awaitReady();
    }

    @AfterAll
    static void stop() {
        fabric.close();
    }

    /** In the order in which a new user pastes them. */
    @Test
    void the_readme_and_the_tour_print_what_they_show() throws IOException, InterruptedException {
        paste(Page.of(Path.of("README.md")));
        paste(Page.of(Path.of("docs", "tour.md")));
    }

    private static void paste(Page page) throws IOException, InterruptedException {
        List<Page.Block> blocks = page.blocks();
        List<String> printed = printed(blocks);
        int next = 0;
        for (int i = 0; i < blocks.size(); i++) {
            if (isCommand(blocks.get(i))) {
                boolean isShown =
                        i + 1 < blocks.size() && blocks.get(i + 1).language().equals("text");
                String command = blocks.get(i).text();
                String said = printed.get(next++).strip();
                if (isShown) {
                    assertThat(said)
                            .as(command)
                            .matches(pattern(blocks.get(i + 1).text()));
                } else {
                    assertThat(said).as(command).doesNotContain("IF_ERR_");
                }
            }
        }
    }

    private static boolean isCommand(Page.Block block) {
        return block.language().equals("sh") && !block.text().startsWith("./s2");
    }

    /** What each command of the page prints. */
    private static List<String> printed(List<Page.Block> blocks) throws IOException, InterruptedException {
        List<String> script = new ArrayList<>();
        blocks.stream().filter(TourIT::isCommand).forEach(block -> {
            script.add("echo '" + MARK + "'");
            script.add(block.text().replace("http://localhost:8080", fabric.url()));
        });
        Path file = Files.writeString(directory.resolve("pasted"), String.join("\n", script));
        Process shell = new ProcessBuilder("bash", "-u", file.toString())
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .start();
        String output = new String(shell.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        Files.writeString(directory.resolve("printed"), output);
        assertThat(shell.waitFor()).as(output).isZero();
        return Arrays.stream(output.split(MARK, -1)).skip(1).toList();
    }

    private static Pattern pattern(String shown) {
        String regex = Arrays.stream(shown.strip().split("…", -1))
                .map(piece -> piece.isEmpty() ? "" : Pattern.quote(piece))
                .collect(Collectors.joining(".*?"));
        return Pattern.compile(regex, Pattern.DOTALL);
    }
}
