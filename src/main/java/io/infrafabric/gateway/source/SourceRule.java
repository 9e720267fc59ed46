package io.infrafabric.gateway.source;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.databind.JsonNode;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A rule of a source: what of its deliveries means what. Rules stand in an order, and all that match fire. */
public sealed interface SourceRule permits SourceRule.Written, GitHubRule {
    String name();

    /** What it says of this. */
    RuleOutcome on(Occurrence seen);

    /** What a rule does. */
    enum Deed {
        SUBMIT,
        COMPLETE,
        FAIL,
        CANCEL,
        RETRY
    }

    /**
     * A rule as an operator writes it. {@code null} stands for what was not given.
     *
     * @param event a glob for the event's name
     * @param text the reason of a cancel or retry, the error of a failure
     * @param data what of the body goes into the payload of a task, or the result of a completion
     * @param at when it happened; without it, when it was taken in
     */
    record Written(
            String name,
            String event,
            List<Condition> when,
            Deed deed,
            Template task,
            Template title,
            List<Template> domains,
            Map<String, Template> labels,
            Template priority,
            boolean completable,
            Template text,
            JsonPointer data,
            Template epoch,
            Template at)
            implements SourceRule {

        @Override
        public RuleOutcome on(Occurrence seen) {
            if (event != null && (seen.event() == null || !Condition.matches(event, seen.event()))) {
                return new RuleOutcome.Passed(name, "The event is " + seen.event() + ", not " + event + ".");
            }
            for (Condition condition : when) {
                String why = condition.unmet(seen.body());
                if (why != null) {
                    return new RuleOutcome.Passed(name, why + ".");
                }
            }
            try {
                return new RuleOutcome.Fires(name, action(seen));
            } catch (Template.NoValue missing) {
                return new RuleOutcome.Fails(name, missing.getMessage());
            }
        }

        private SourceAction action(Occurrence seen) throws Template.NoValue {
            JsonNode body = seen.body();
            String id = task.fill(body);
            return switch (deed) {
                case SUBMIT -> submit(id, seen);
                case COMPLETE ->
                    new SourceAction.Complete(id, epoch(body), happened(seen), ExternalText.data(seen, of(body)));
                case FAIL ->
                    new SourceAction.Fail(
                            id, epoch(body), happened(seen), ExternalText.text(filled(body, "It failed.")));
                case CANCEL ->
                    new SourceAction.Cancel(id, ExternalText.text(filled(body, "It is not wanted any more.")), false);
                case RETRY -> new SourceAction.Retry(id, ExternalText.text(filled(body, "It is wanted again.")));
            };
        }

        private SourceAction submit(String id, Occurrence seen) throws Template.NoValue {
            JsonNode body = seen.body();
            List<String> itsDomains = new ArrayList<>();
            for (Template domain : domains) {
                itsDomains.add(domain.fill(body));
            }
            Map<String, String> itsLabels = new LinkedHashMap<>();
            for (Map.Entry<String, Template> label : labels.entrySet()) {
                itsLabels.put(label.getKey(), label.getValue().fill(body));
            }
            return new SourceAction.Submit(
                    id,
                    ExternalText.title(title.fill(body)),
                    ExternalText.domains(itsDomains),
                    itsLabels,
                    priority == null ? null : priority.fill(body),
                    ExternalText.data(seen, of(body)),
                    completable);
        }

        private JsonNode of(JsonNode body) {
            return data == null ? null : body.at(data);
        }

        private String filled(JsonNode body, String otherwise) throws Template.NoValue {
            return text == null ? otherwise : text.fill(body);
        }

        private Long epoch(JsonNode body) throws Template.NoValue {
            if (epoch == null) {
                return null;
            }
            String number = epoch.fill(body);
            try {
                return Long.valueOf(number);
            } catch (NumberFormatException _) {
                throw new Template.NoValue("epoch is " + ExternalText.shown(number) + ", and no number.");
            }
        }

        private Instant happened(Occurrence seen) throws Template.NoValue {
            if (at == null) {
                return seen.at();
            }
            String time = at.fill(seen.body());
            try {
                return time.matches("\\d{1,12}") ? Instant.ofEpochSecond(Long.parseLong(time)) : Instant.parse(time);
            } catch (DateTimeException _) {
                throw new Template.NoValue(
                        "at is " + ExternalText.shown(time) + ", and no time: RFC 3339, or seconds since 1970.");
            }
        }
    }
}
