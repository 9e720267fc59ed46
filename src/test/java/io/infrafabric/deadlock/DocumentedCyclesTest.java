package io.infrafabric.deadlock;

import static io.infrafabric.deadlock.Band.expect;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.infrafabric.bus.Transactions;
import io.infrafabric.event.Event;
import io.infrafabric.event.Trace;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.smallrye.mutiny.Uni;
import jakarta.inject.Inject;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * The three cycles of waiting that the documents of the Phase 0 swarm show, with who waited, for what, and since when as they
 * have it ({@code deadlock/waits.json}). One of them was none: what was waited for had been done.
 */
@QuarkusTest
class DocumentedCyclesTest {
    private static final String WEBRTC = "session-2-webrtc";
    private static final String H323 = "session-3-h323";
    private static final String SIP = "session-4-sip";
    private static final String CLI = "session-5-cli";
    private static final String IFBUS = "session-7-ifbus";

    @TestHTTPResource("/")
    URI fabric;

    @ConfigProperty(name = "s2.door.operator-token")
    String operator;

    private final Map<String, JsonNode> waits = new HashMap<>();
    private Band band;

    @Inject
    Transactions transactions;

    @BeforeEach
    void the_swarm() throws IOException {
        band = new Band(fabric, operator, WEBRTC, H323, SIP, CLI, IFBUS);
        try (InputStream documented = DocumentedCyclesTest.class.getResourceAsStream("/deadlock/waits.json")) {
            new ObjectMapper()
                    .readTree(documented)
                    .forEach(wait -> waits.put(wait.path("id").asText(), wait));
        }
    }

    /** 2025-11-11T22:17:27Z: SIP waits for the contracts of H.323, and H.323 for SIP's integration. */
    @Test
    void sip_and_h323() {
        reports("W01", "waitsOnSession");
        JsonNode closed = reports("W02", "waitsOnSession");
        assertThat(band.plain(closed.path("cycle"))).containsExactly("session:" + H323, "session:" + SIP);
        assertThat(band.plain(closed.path("preempted").asText())).isEqualTo(SIP);
        assertThat(band.waiting(SIP)).containsExactly("session:" + WEBRTC);
        assertThat(band.waiting(H323)).containsExactly("session:" + SIP);
    }

    /** What H.323 wrote was "either next instructions or the SIP integration": a human could end it, and did. */
    @Test
    void sip_and_h323_as_alternatives() {
        reports("W01", "waitsOnSession");
        expect(band.put(H323, List.of(band.of(SIP), band.asks(this::tell, "orchestrator")), "mode", "any"), 200);
        assertThat(band.deadlocks()).isEmpty();
    }

    /** 2025-11-11T22:27:53Z: the bridges of Phase 4, with three sessions in two cycles through SIP. */
    @Test
    void sip_webrtc_and_h323() {
        reports("W01", "waitsOnSession");
        JsonNode first = reports("W04", "waitsOnSession");
        assertThat(band.plain(first.path("preempted").asText())).isEqualTo(SIP);
        JsonNode second = reports("W05", "waitsOnSession");
        assertThat(band.plain(second.path("preempted").asText()))
                .as("SIP was preempted a moment ago and is spared")
                .isEqualTo(H323);
        assertThat(band.waiting(WEBRTC)).containsExactly("session:" + SIP);
        assertThat(band.waiting(SIP)).containsExactly("session:" + H323);
        assertThat(band.waiting(H323)).isEmpty();
    }

    /** 2025-11-12T11:28:39Z: IF.bus still says that it waits for the event bus, which CLI had finished before. */
    @Test
    void cli_and_ifbus_is_stale_and_nobody_is_preempted() {
        for (String task : List.of("P0.1.1", "P0.1.2", "P0.1.3", "P0.3.4")) {
            band.submit(task);
        }
        long epoch = band.claims(CLI, "P0.1.1");
        expect(band.end(CLI, "complete", "P0.1.1", epoch), 200);
        band.claims(IFBUS, "P0.1.2");
        band.claims(IFBUS, "P0.1.3");
        JsonNode stale = reports("W09", "waitsOnTask");
        assertThat(band.plain(stale.path("over"))).containsExactly("task:P0.1.1");
        expect(band.add(IFBUS, band.on("task:P0.3.4")), 200);
        reports("W11", "waitsOnTask");
        assertThat(band.deadlocks()).isEmpty();
        assertThat(band.waiting(IFBUS)).containsExactly("task:P0.3.4");
        assertThat(band.waiting(CLI)).containsExactly("task:P0.1.2", "task:P0.1.3");
    }

    private void tell(Event event) {
        transactions
                .run(work -> {
                    work.emit(event, Trace.NONE);
                    return Uni.createFrom().voidItem();
                })
                .await()
                .indefinitely();
    }

    private JsonNode reports(String id, String on) {
        JsonNode wait = waits.get(id);
        List<String> targets = new ArrayList<>();
        wait.path(on)
                .forEach(target -> targets.add((on.equals("waitsOnTask") ? "task:" : "") + band.of(target.asText())));
        return expect(
                band.put(
                        wait.path("session").asText(),
                        targets,
                        "reason",
                        wait.path("reason").asText(),
                        "since",
                        wait.path("since").asText()),
                200);
    }
}
