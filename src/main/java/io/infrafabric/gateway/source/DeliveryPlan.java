package io.infrafabric.gateway.source;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import io.infrafabric.gateway.source.Received.RuleResult;
import io.quarkus.runtime.annotations.RegisterForReflection;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;
import java.util.List;

/** What rules make of a delivery, as it is kept while it is carried out. */
@ApplicationScoped
class DeliveryPlan {

    /** A rule that matched, and either what is to be done, or why that cannot be said. */
    @RegisterForReflection
    record Line(String rule, SourceAction action, String why) {}

    private final ObjectMapper json;
    private final ObjectReader lines;
    private final ObjectReader results;

    DeliveryPlan(ObjectMapper json) {
        this.json = json;
        this.lines = json.readerFor(new TypeReference<List<Line>>() {});
        this.results = json.readerFor(new TypeReference<List<RuleResult>>() {});
    }

    /** What the rules of the source say, all of them, in order. */
    List<RuleOutcome> look(Source source, String event, JsonNode body, Instant at) {
        Occurrence seen = new Occurrence(source.name(), event, body, at);
        return rules(source).stream().map(rule -> rule.on(seen)).toList();
    }

    /** The rules of the source. */
    List<SourceRule> rules(Source source) {
        return RuleReader.read(source.kind(), source.rules() == null ? null : tree(source.rules()));
    }

    /** What is to be done: the rules that match. */
    List<RuleOutcome> make(Source source, String event, String body, Instant at) {
        return look(source, event, DeliveryBody.stored(body), at).stream()
                .filter(outcome -> !(outcome instanceof RuleOutcome.Passed))
                .toList();
    }

    String write(List<RuleOutcome> plan) {
        return written(plan.stream()
                .map(outcome -> switch (outcome) {
                    case RuleOutcome.Fires(String rule, SourceAction action) -> new Line(rule, action, null);
                    case RuleOutcome.Fails(String rule, String why) -> new Line(rule, null, why);
                    case RuleOutcome.Passed(String rule, String why) -> new Line(rule, null, why);
                })
                .toList());
    }

    List<RuleOutcome> read(String plan) {
        List<Line> all = read(lines, plan);
        return all.stream()
                .<RuleOutcome>map(line -> line.action() == null
                        ? new RuleOutcome.Fails(line.rule(), line.why())
                        : new RuleOutcome.Fires(line.rule(), line.action()))
                .toList();
    }

    String writeResults(List<RuleResult> all) {
        return written(all);
    }

    List<RuleResult> results(String text) {
        return read(results, text);
    }

    JsonNode tree(Object value) {
        try {
            return value instanceof String text ? json.readTree(text) : json.valueToTree(value);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("What was stored as JSON is none.", e);
        }
    }

    private String written(Object value) {
        try {
            return json.writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    private static <T> List<T> read(ObjectReader reader, String text) {
        try {
            return reader.readValue(text);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("What was stored as JSON is none.", e);
        }
    }
}
