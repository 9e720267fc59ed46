package io.infrafabric.gateway.incoming;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.infrafabric.coordinator.Swarm;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What docs/events.md tells people to paste is pasted into a shell, with the token of a session. */
@QuarkusTest
class PastedEventsTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Pattern INDENTED = Pattern.compile("(?:^ {4}.*\\n)+", Pattern.MULTILINE);

    @TestHTTPResource("/")
    URI fabric;

    @ConfigProperty(name = "s2.door.operator-token")
    String operator;

    @TempDir
    Path directory;

    private Process paste(String block, String token, Path into) throws IOException {
        ProcessBuilder shell = new ProcessBuilder("sh", "-c", "exec " + block.strip())
                .redirectOutput(into.toFile())
                .redirectError(directory.resolve("errors").toFile());
        shell.environment().put("S2", fabric.toString().replaceAll("/$", ""));
        shell.environment().put("TOKEN", token);
        return shell.start();
    }

    @Test
    void the_page_follows_events_and_sends_one_as_it_says() throws Exception {
        List<String> blocks = INDENTED.matcher(Files.readString(Path.of("docs/events.md")))
                .results()
                .map(MatchResult::group)
                .toList();
        assertThat(blocks).hasSize(2).allSatisfy(block -> assertThat(block).contains("curl"));
        Swarm swarm = new Swarm(fabric, operator);
        swarm.enrol("anna");
        Path stream = directory.resolve("stream");
        Path answer = directory.resolve("answer");
        Process follower = paste(blocks.getFirst(), swarm.token("anna"), stream);
        try {
            // The stream begins now: its first bytes say that it is there.
            await().atMost(PATIENCE).until(() -> Files.size(stream) > 0);
            // A task's id is the fabric's, not a swarm's, and the database of the tests is kept: so this id is the
            // test's own.
            String send = blocks.getLast().replace("build-117", swarm.of("build-117"));
            assertThat(paste(send, swarm.token("anna"), answer).waitFor()).isZero();
            JsonNode taken = new ObjectMapper().readTree(answer.toFile());
            String effect = taken.findPath("effect").asText();
            assertThat(effect).as("%s", taken).isEqualTo("/coordinator/tasks/" + swarm.of("build-117"));
            await().atMost(PATIENCE)
                    .until(() -> swarm.api().get(effect, operator).status() == 200);
            assertThat(swarm.api().get(effect, operator).body().path("title").asText())
                    .isEqualTo("Mend the build");
            await().atMost(PATIENCE).until(() -> Files.readString(stream).contains("s2.coordinator.task-submitted.v1"));
            assertThat(Files.readString(stream)).contains(swarm.of("build-117"));
        } finally {
            follower.destroy();
        }
    }
}
