package io.infrafabric.bus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.infrafabric.event.BusEvent;
import io.infrafabric.event.Catalogue;
import io.infrafabric.event.CoordinatorEvent;
import io.infrafabric.event.Envelope;
import io.infrafabric.event.Event;
import io.infrafabric.event.Trace;
import io.quarkus.runtime.annotations.RegisterForReflection;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class EnvelopesTest {
    private static final Trace TRACE =
            new Trace("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "swarm-token-1");
    private final EventIds ids = new EventIds();

    private Envelope envelope(Event event, Trace trace) {
        return new Envelope(
                ids.next(),
                Catalogue.typeOf(event).name(),
                "/s2/coordinator",
                Instant.parse("2026-11-23T12:00:00.123456Z"),
                trace,
                event);
    }

    @Test
    void whatIsWrittenIsReadBack() {
        for (Event event : List.of(
                new CoordinatorEvent.SessionLost("s-1", "swarm-1", 7, 1),
                new CoordinatorEvent.TaskCompleted(
                        "t-1", "swarm-1", "s-1", List.of("java"), 3, new BigDecimal("0.000001")),
                new CoordinatorEvent.TaskFailed(
                        "t-1", "swarm-1", "s-1", List.of(), 3, CoordinatorEvent.Reason.LEASE_EXPIRED, Instant.EPOCH),
                new BusEvent.CameDue("coordinator", "lease:t-1", Instant.parse("2026-11-23T12:00:00Z")))) {
            for (Trace trace : List.of(TRACE, Trace.NONE)) {
                Envelope envelope = envelope(event, trace);
                assertThat(Envelopes.read(Envelopes.write(envelope)))
                        .isInstanceOfSatisfying(
                                Reading.Known.class,
                                known -> assertThat(known.envelope()).isEqualTo(envelope));
            }
        }
    }

    @Test
    void isACloudEvent() throws Exception {
        JsonNode json = new ObjectMapper()
                .readTree(Envelopes.write(envelope(new CoordinatorEvent.SessionLost("s-1", "swarm-1", 7, 1), TRACE)));

        assertThat(json.get("specversion").textValue()).isEqualTo("1.0");
        assertThat(json.get("type").textValue()).isEqualTo("s2.coordinator.session-lost.v1");
        assertThat(json.get("subject").textValue()).isEqualTo("session:s-1");
        assertThat(json.get("swarm").textValue()).isEqualTo("swarm-1");
        assertThat(json.get("entityversion").textValue()).isEqualTo("7");
        assertThat(json.get("traceparent").textValue()).isEqualTo(TRACE.traceparent());
        assertThat(json.get("tracetoken").textValue()).isEqualTo(TRACE.token());
        assertThat(json.get("time").textValue()).isEqualTo("2026-11-23T12:00:00.123456Z");
        assertThat(json.get("data").properties().toString()).contains("session", "version");
    }

    @Test
    void unknownFieldsAreIgnored() {
        String json = Envelopes.write(envelope(new CoordinatorEvent.SessionLost("s-1", "swarm-1", 7, 1), TRACE))
                .replace("\"data\":{", "\"new\":1,\"data\":{\"newer\":[2],");

        assertThat(Envelopes.read(json)).isInstanceOf(Reading.Known.class);
    }

    @Test
    void anUnknownTypeOrVersionIsForANewerReplica() {
        String json = Envelopes.write(envelope(new CoordinatorEvent.SessionLost("s-1", "swarm-1", 7, 1), TRACE));

        assertThat(Envelopes.read(json.replace("lost.v1", "lost.v2")))
                .isInstanceOfSatisfying(
                        Reading.Unknown.class,
                        unknown -> assertThat(unknown.type()).isEqualTo("s2.coordinator.session-lost.v2"));
    }

    @Test
    void whatNobodyCouldReadIsMalformed() {
        String good = Envelopes.write(envelope(new CoordinatorEvent.SessionLost("s-1", "swarm-1", 7, 1), TRACE));

        assertThat(List.of(
                        "",
                        "not json",
                        "{}",
                        "[1]",
                        good.replace("\"id\":\"", "\"id\":\"x"),
                        good.replace("\"version\":7", "\"version\":\"seven\""),
                        good.replace("2026-11-23T12:00:00.123456Z", "yesterday"),
                        good.substring(0, good.length() - 1)))
                .allSatisfy(json -> assertThat(Envelopes.read(json))
                        .isInstanceOfSatisfying(
                                Reading.Malformed.class,
                                malformed -> assertThat(malformed.why()).doesNotContain("Source", "REDACTED")));
    }

    @Test
    void tooLargeAnEventIsRefused() {
        String large = "ä".repeat(Envelope.MAX_BYTES / 2);
        CoordinatorEvent event = new CoordinatorEvent.TaskDied("t-1", "swarm-1", large, 1);

        assertThatThrownBy(() -> Envelopes.write(envelope(event, TRACE)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("task:t-1");
    }

    /** Events are read and written reflectively, which a native binary does only where it was told. */
    @Test
    void everyKindOfEventIsRegisteredForNative() {
        assertThat(Event.class.getPermittedSubclasses())
                .allSatisfy(kind -> assertThat(kind).hasAnnotation(RegisterForReflection.class));
    }
}
