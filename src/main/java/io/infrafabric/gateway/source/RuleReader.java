package io.infrafabric.gateway.source;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.databind.JsonNode;
import io.infrafabric.gateway.source.SourceRule.Deed;
import io.infrafabric.input.Check;
import io.infrafabric.problem.Problem;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** Reads the rules of a source as operators write them. A {@link Problem} says which member of which rule is wrong, and what is right. */
public final class RuleReader {
    private static final int MOST_RULES = 100;
    private static final int MOST_CONDITIONS = 20;
    private static final int MOST_VALUES = 100;
    private static final int MOST_DOMAINS = 20;
    private static final int MOST_LABELS = 20;
    private static final int LONGEST = 1000;
    private static final Set<String> ALWAYS = Set.of("name", "event", "when", "do", "task");
    private static final Set<String> PRESET = Set.of("preset", "label");

    private RuleReader() {}

    /**
     * The rules of a source, in order. Absent ones are the preset of its kind, if there is one.
     *
     * @param rules {@code null} or missing if none were given
     */
    public static List<SourceRule> read(SourceKind kind, JsonNode rules) {
        if (rules == null || rules.isNull()) {
            return kind == SourceKind.GITHUB ? List.of(new GitHubRule(GitHubRule.LABEL)) : List.of();
        }
        if (!rules.isArray() || rules.size() > MOST_RULES) {
            throw Problem.badInput("rules", "a list of at most " + MOST_RULES + " rules");
        }
        List<SourceRule> all = new ArrayList<>();
        Set<String> names = new TreeSet<>();
        for (int i = 0; i < rules.size(); i++) {
            String field = "rules[" + i + "]";
            SourceRule rule = rule(kind, field, rules.get(i), i);
            if (!names.add(rule.name())) {
                throw Problem.badInput(field + ".name", "another name than that of a rule before it");
            }
            all.add(rule);
        }
        return List.copyOf(all);
    }

    private static SourceRule rule(SourceKind kind, String field, JsonNode rule, int index) {
        if (!rule.isObject()) {
            throw Problem.badInput(field, "an object");
        }
        if (rule.has("preset")) {
            only(field, rule, PRESET);
            if (kind != SourceKind.GITHUB || !"github".equals(text(field + ".preset", rule.get("preset")))) {
                throw Problem.badInput(field + ".preset", "github, at a source of that kind");
            }
            String label = text(field + ".label", rule.get("label"));
            return new GitHubRule(label == null ? GitHubRule.LABEL : label);
        }
        String named = text(field + ".do", Check.given(field + ".do", rule.get("do")));
        Deed deed = Check.oneOf(field + ".do", named.toUpperCase(Locale.ROOT), Deed.class);
        only(field, rule, members(deed));
        String name = text(field + ".name", rule.get("name"));
        return new SourceRule.Written(
                name == null ? "rule " + (index + 1) : Check.id(field + ".name", name),
                text(field + ".event", rule.get("event")),
                conditions(field + ".when", rule.get("when")),
                deed,
                Check.given(field + ".task", template(field + ".task", rule.get("task"))),
                deed == Deed.SUBMIT
                        ? Check.given(field + ".title", template(field + ".title", rule.get("title")))
                        : null,
                domains(field + ".domains", rule.get("domains")),
                labels(field + ".labels", rule.get("labels")),
                template(field + ".priority", rule.get("priority")),
                yes(field + ".completedBy", rule.get("completedBy"), true),
                template(field + ".reason", rule.get(deed == Deed.FAIL ? "error" : "reason")),
                pointer(field, rule, deed == Deed.COMPLETE ? "result" : "payload"),
                template(field + ".epoch", rule.get("epoch")),
                template(field + ".at", rule.get("at")));
    }

    private static Set<String> members(Deed deed) {
        Set<String> all = new TreeSet<>(ALWAYS);
        all.addAll(
                switch (deed) {
                    case SUBMIT -> Set.of("title", "domains", "labels", "priority", "completedBy", "payload");
                    case COMPLETE -> Set.of("epoch", "at", "result");
                    case FAIL -> Set.of("epoch", "at", "error");
                    case CANCEL, RETRY -> Set.of("reason");
                });
        return all;
    }

    private static void only(String field, JsonNode object, Set<String> members) {
        object.fieldNames().forEachRemaining(name -> {
            if (!members.contains(name)) {
                throw Problem.badInput(field, "only these members: " + String.join(", ", new TreeSet<>(members)));
            }
        });
    }

    private static List<Condition> conditions(String field, JsonNode when) {
        if (when == null || when.isNull()) {
            return List.of();
        }
        if (!when.isArray() || when.size() > MOST_CONDITIONS) {
            throw Problem.badInput(field, "a list of at most " + MOST_CONDITIONS + " conditions");
        }
        List<Condition> all = new ArrayList<>();
        for (int i = 0; i < when.size(); i++) {
            all.add(condition(field + "[" + i + "]", when.get(i)));
        }
        return List.copyOf(all);
    }

    private static Condition condition(String field, JsonNode one) {
        if (!one.isObject() || one.size() != 2 || !one.has("pointer")) {
            throw Problem.badInput(field, "an object with pointer and one of equals, in, exists and glob");
        }
        JsonPointer pointer = Template.pointer(field + ".pointer", text(field + ".pointer", one.get("pointer")));
        if (one.has("equals")) {
            return new Condition.In(pointer, List.of(scalar(field + ".equals", one.get("equals"))));
        }
        if (one.has("in")) {
            JsonNode values = one.get("in");
            if (!values.isArray() || values.isEmpty() || values.size() > MOST_VALUES) {
                throw Problem.badInput(field + ".in", "a list of 1 to " + MOST_VALUES + " values");
            }
            List<JsonNode> all = new ArrayList<>();
            values.forEach(value -> all.add(scalar(field + ".in", value)));
            return new Condition.In(pointer, List.copyOf(all));
        }
        if (one.has("exists")) {
            return new Condition.Exists(pointer, yes(field + ".exists", one.get("exists"), true));
        }
        if (one.has("glob")) {
            return new Condition.Glob(pointer, text(field + ".glob", one.get("glob")));
        }
        throw Problem.badInput(field, "one of equals, in, exists and glob");
    }

    private static JsonNode scalar(String field, JsonNode value) {
        if (!value.isValueNode() || value.isNull()) {
            throw Problem.badInput(field, "text, a number or a boolean");
        }
        return value;
    }

    private static List<Template> domains(String field, JsonNode given) {
        if (given == null || given.isNull()) {
            return List.of();
        }
        if (!given.isArray() || given.size() > MOST_DOMAINS) {
            throw Problem.badInput(field, "a list of at most " + MOST_DOMAINS + " texts");
        }
        List<Template> all = new ArrayList<>();
        for (int i = 0; i < given.size(); i++) {
            all.add(Check.given(field, template(field + "[" + i + "]", given.get(i))));
        }
        return List.copyOf(all);
    }

    private static Map<String, Template> labels(String field, JsonNode given) {
        if (given == null || given.isNull()) {
            return Map.of();
        }
        if (!given.isObject() || given.size() > MOST_LABELS) {
            throw Problem.badInput(field, "an object with at most " + MOST_LABELS + " texts");
        }
        Map<String, Template> all = new LinkedHashMap<>();
        given.properties()
                .forEach(label -> all.put(
                        Check.id(field, label.getKey()),
                        Check.given(
                                field + "." + label.getKey(),
                                template(field + "." + label.getKey(), label.getValue()))));
        return all;
    }

    private static Template template(String field, JsonNode given) {
        String text = text(field, given);
        return text == null ? null : Template.of(field, text);
    }

    private static JsonPointer pointer(String field, JsonNode rule, String member) {
        String text = text(field + "." + member, rule.get(member));
        return text == null ? null : Template.pointer(field + "." + member, text);
    }

    private static boolean yes(String field, JsonNode given, boolean otherwise) {
        if (given == null || given.isNull()) {
            return otherwise;
        }
        if (!given.isBoolean()) {
            throw Problem.badInput(field, "true or false");
        }
        return given.booleanValue();
    }

    private static String text(String field, JsonNode given) {
        if (given == null || given.isNull()) {
            return null;
        }
        if (!given.isTextual()) {
            throw Problem.badInput(field, "text");
        }
        return Check.text(field, given.textValue(), LONGEST);
    }
}
