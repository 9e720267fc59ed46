package io.infrafabric.chassis;

import static io.infrafabric.coordinator.Swarm.body;
import static io.infrafabric.coordinator.Swarm.expect;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.infrafabric.coordinator.Swarm;
import io.infrafabric.fabric.Api.Answer;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A task with a checker, from the submit to the verdict of a module that was really run. */
@QuarkusTest
class CheckJourneyTest {
    private static final String PAYLOAD = "{\"schema\":{\"type\":\"object\",\"required\":[\"pages\"]}}";

    @TestHTTPResource("/")
    URI fabric;

    @ConfigProperty(name = "s2.door.operator-token")
    String operator;

    private Swarm swarm;
    private String module;

    @BeforeEach
    void a_swarm() {
        swarm = new Swarm(fabric, operator);
        swarm.enrol("ann");
        module = swarm.of("checker");
    }

    private String path() {
        return "/chassis/modules/" + module;
    }

    private long claimed(byte[] checker, String limits) {
        expect(swarm.api().put(path(), checker, operator), 200);
        String check = limits == null ? body("module", module) : body("module", module, "limits", limits);
        swarm.submit("t", "check", check, "payload", PAYLOAD);
        return swarm.claims("ann", "t");
    }

    @Test
    void a_result_that_does_not_fit_is_refused_in_the_checkers_words_and_one_that_fits_is_done() throws IOException {
        long epoch = claimed(Files.readAllBytes(Path.of("docs/checkers/schema.wasm")), null);
        Answer refused = swarm.end("ann", "complete", "t", epoch, "result", "{\"page\":3}", "waitSeconds", "50");
        assertThat(refused.status()).isEqualTo(422);
        assertThat(refused.code()).isEqualTo("IF_ERR_CHECK_REFUSED");
        assertThat(refused.body().toString()).contains("result: lacks the member pages");
        assertThat(swarm.state("t")).isEqualTo("CLAIMED");
        assertThat(swarm.api().delete(path(), operator).code()).isEqualTo("IF_ERR_MODULE_PINNED");

        JsonNode done =
                expect(swarm.end("ann", "complete", "t", epoch, "result", "{\"pages\":3}", "waitSeconds", "50"), 200);
        assertThat(done.path("state").asText()).isEqualTo("DONE");
        expect(swarm.api().delete(path(), operator), 204);
    }

    @Test
    void a_checker_that_loops_accepts_nothing_and_a_human_is_asked() {
        long epoch = claimed(WasmFile.bytes("endless"), "{\"fuel\":100000}");
        assertThat(swarm.end("ann", "complete", "t", epoch, "result", "{}", "waitSeconds", "0")
                        .status())
                .isEqualTo(202);
        Awaitility.await()
                .atMost(Duration.ofMinutes(2))
                .untilAsserted(() -> assertThat(expect(
                                        swarm.api().get("/escalation/cases?swarm=" + swarm.id(), operator), 200)
                                .path("items")
                                .findValuesAsText("reason"))
                        .contains("CHECK_BROKEN"));
        assertThat(swarm.state("t")).isNotEqualTo("DONE");
    }
}
