package io.infrafabric.sample;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.sample.Costs.Cost;
import io.infrafabric.sample.Costs.Limited;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class CostsTest {
    private static final BigDecimal FIFTY = new BigDecimal("50");

    @Test
    void the_fixture_adds_up_to_what_the_documents_say() {
        assertThat(Costs.load().reported()).hasSize(72);
        assertThat(Costs.load().lines(FIFTY).getFirst()).contains("$588.32").contains("$50.00");
    }

    @Test
    void a_session_is_stopped_by_the_report_that_reaches_the_limit_and_each_day_begins_anew() {
        Costs costs = new Costs(List.of(
                cost("ann", "2026-01-01T10:00:00Z", "30"),
                cost("bob", "2026-01-01T10:30:00Z", "49.999999"),
                cost("ann", "2026-01-01T11:00:00Z", "20"),
                cost("ann", "2026-01-01T12:00:00Z", "7"),
                cost("ann", "2026-01-02T00:00:00Z", "60")));
        Instant first = Instant.parse("2026-01-01T11:00:00Z");
        Instant second = Instant.parse("2026-01-02T00:00:00Z");
        assertThat(costs.under(FIFTY))
                .containsExactly(
                        new Limited("ann", new BigDecimal("117"), List.of(first, second), new BigDecimal("7")),
                        new Limited("bob", new BigDecimal("49.999999"), List.of(), BigDecimal.ZERO));
    }

    @Test
    void the_session_that_caused_most_of_the_bill_would_have_been_stopped_twice() {
        Limited bus = Costs.load().under(FIFTY).stream()
                .filter(session -> session.session().equals("session-7-ifbus"))
                .findFirst()
                .orElseThrow();
        assertThat(bus.spent()).isEqualByComparingTo("185");
        assertThat(bus.stops()).hasSize(2).first().hasToString("2025-11-11T23:54:43Z");
        assertThat(bus.avoided()).isEqualByComparingTo("40");
        assertThat(Costs.load().lines(FIFTY)).allMatch(line -> line.length() <= 120);
    }

    private static Cost cost(String session, String at, String usd) {
        return new Cost(session, Instant.parse(at), new BigDecimal(usd));
    }
}
