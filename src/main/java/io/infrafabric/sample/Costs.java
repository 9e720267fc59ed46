package io.infrafabric.sample;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What the original run cost, as its sessions reported it: the fixture {@code sample/costs.json}, in the order of time.
 * A report is one sum, so a limit can only be noticed when a report comes in.
 */
record Costs(List<Cost> reported) {
    private static final String FIXTURE = "/sample/costs.json";

    /** A report, in USD. */
    record Cost(String session, Instant at, BigDecimal usd) {
        private LocalDate day() {
            return LocalDate.ofInstant(at, ZoneOffset.UTC);
        }
    }

    /**
     * A session under a daily limit.
     *
     * @param spent what it reported in all
     * @param stops the reports at which its breaker would have opened, at most one for each UTC day
     * @param avoided what it reported later on those days
     */
    record Limited(String session, BigDecimal spent, List<Instant> stops, BigDecimal avoided) {}

    /** Reads the fixture; a broken one is a bug and throws. */
    static Costs load() {
        try (InputStream fixture = Costs.class.getResourceAsStream(FIXTURE)) {
            if (fixture == null) {
                throw new IllegalStateException(FIXTURE + " is missing from the application");
            }
            List<Cost> all = new ArrayList<>();
            for (JsonNode cost : new ObjectMapper().readTree(fixture).required("costs")) {
                all.add(new Cost(
                        cost.required("session").asText(),
                        Instant.parse(cost.required("at").asText()),
                        new BigDecimal(cost.required("usd").asText())));
            }
            return new Costs(List.copyOf(all));
        } catch (IOException e) {
            throw new UncheckedIOException(FIXTURE + " cannot be read", e);
        }
    }

    /** Each session under this daily limit, in the order of their first reports. */
    List<Limited> under(BigDecimal dailyLimit) {
        Map<String, Limited> sessions = new LinkedHashMap<>();
        Map<String, BigDecimal> days = new LinkedHashMap<>();
        for (Cost cost : reported) {
            Limited before = sessions.getOrDefault(
                    cost.session(), new Limited(cost.session(), BigDecimal.ZERO, List.of(), BigDecimal.ZERO));
            BigDecimal earlier = days.getOrDefault(cost.session() + cost.day(), BigDecimal.ZERO);
            BigDecimal spent = earlier.add(cost.usd());
            boolean stopped = earlier.compareTo(dailyLimit) >= 0;
            List<Instant> stops = new ArrayList<>(before.stops());
            if (!stopped && spent.compareTo(dailyLimit) >= 0) {
                stops.add(cost.at());
            }
            days.put(cost.session() + cost.day(), spent);
            sessions.put(
                    cost.session(),
                    new Limited(
                            cost.session(),
                            before.spent().add(cost.usd()),
                            stops,
                            stopped ? before.avoided().add(cost.usd()) : before.avoided()));
        }
        return List.copyOf(sessions.values());
    }

    /** The same as lines of plain text. */
    List<String> lines(BigDecimal dailyLimit) {
        List<String> lines = new ArrayList<>();
        lines.add("  The original run reported %s. With %s per session and UTC day it would have been stopped:"
                .formatted(dollars(sum()), dollars(dailyLimit)));
        List<String> never = new ArrayList<>();
        for (Limited session : under(dailyLimit)) {
            if (session.stops().isEmpty()) {
                never.add(session.session() + " " + dollars(session.spent()));
            } else {
                lines.add("    %-18s of %8s: at %s, %s less"
                        .formatted(
                                session.session(),
                                dollars(session.spent()),
                                String.join(
                                        " and ",
                                        session.stops().stream()
                                                .map(Instant::toString)
                                                .toList()),
                                dollars(session.avoided())));
            }
        }
        for (int from = 0; from < never.size(); from += 3) {
            List<String> some = never.subList(from, Math.min(from + 3, never.size()));
            lines.add("    " + (from == 0 ? "never: " : "       ") + String.join(", ", some));
        }
        return lines;
    }

    private BigDecimal sum() {
        return reported.stream().map(Cost::usd).reduce(BigDecimal.ZERO, BigDecimal::add);
    }

    private static String dollars(BigDecimal usd) {
        return "$" + usd.setScale(2, RoundingMode.HALF_EVEN);
    }
}
