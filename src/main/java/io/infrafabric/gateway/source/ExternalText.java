package io.infrafabric.gateway.source;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.infrafabric.input.Unicode;
import java.util.List;

/**
 * Text from outside, made fit to be kept: it is data, whoever wrote it. In the payload of a task it stands under {@code external}, so
 * that an agent can tell it from what its own swarm says.
 */
final class ExternalText {
    static final int TITLE = 500;
    private static final int TEXT = 2000;
    private static final int DOMAIN = 64;
    private static final int MOST_DOMAINS = 50;

    private ExternalText() {}

    /** {@code external} with where it comes from, and the data, if there is any. */
    static ObjectNode data(Occurrence seen, JsonNode data) {
        ObjectNode external = JsonNodeFactory.instance.objectNode();
        external.put("source", seen.source());
        if (seen.event() != null) {
            external.put("event", seen.event());
        }
        if (data != null && !data.isMissingNode()) {
            external.set("data", data);
        }
        ObjectNode payload = JsonNodeFactory.instance.objectNode();
        payload.set("external", external);
        return payload;
    }

    /** A title in one line. */
    static String title(String text) {
        String line = kept(text, TITLE).replaceAll("\\p{Cntrl}+", " ").strip();
        return line.isEmpty() ? "(no title)" : line;
    }

    /** A text, cut where it is too long. */
    static String text(String text) {
        String kept = kept(text, TEXT).strip();
        return kept.isEmpty() ? "(no text)" : kept;
    }

    /** Words that sessions can have as domains: without commas and control characters, not too long, each once. */
    static List<String> domains(List<String> words) {
        return words.stream()
                .map(word ->
                        kept(word.replaceAll("[,\\p{Cntrl}]+", " "), DOMAIN).strip())
                .filter(word -> !word.isEmpty())
                .distinct()
                .limit(MOST_DOMAINS)
                .toList();
    }

    /** A value in a message. */
    static String shown(String text) {
        return "\"" + kept(text, 100) + "\"";
    }

    /** Cut, and without what the database cannot keep. */
    static String kept(String text, int most) {
        String cut = text.length() <= most ? text : cut(text, most);
        return keepable(cut);
    }

    /** The same for all names and texts in it, uncut. */
    static JsonNode kept(JsonNode any) {
        return switch (any) {
            case ObjectNode object -> {
                ObjectNode kept = JsonNodeFactory.instance.objectNode();
                object.properties().forEach(one -> kept.set(keepable(one.getKey()), kept(one.getValue())));
                yield kept;
            }
            case ArrayNode array -> {
                ArrayNode kept = JsonNodeFactory.instance.arrayNode(array.size());
                array.forEach(one -> kept.add(kept(one)));
                yield kept;
            }
            case TextNode text -> TextNode.valueOf(keepable(text.textValue()));
            default -> any;
        };
    }

    private static String keepable(String text) {
        return Unicode.canBeKept(text) ? text : clean(text);
    }

    private static String cut(String text, int most) {
        int end = most - 1;
        return text.substring(0, Character.isHighSurrogate(text.charAt(end - 1)) ? end - 1 : end) + "…";
    }

    private static String clean(String text) {
        StringBuilder kept = new StringBuilder(text.length());
        text.codePoints()
                .filter(c -> c != 0 && !(c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE))
                .forEach(kept::appendCodePoint);
        return kept.toString();
    }
}
