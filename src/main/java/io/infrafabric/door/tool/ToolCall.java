package io.infrafabric.door.tool;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.infrafabric.command.Caller;
import io.infrafabric.problem.Code;
import io.infrafabric.problem.Problem;
import io.vertx.ext.web.RoutingContext;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * A call of a tool: its arguments, which fit the tool's fields, and whose it is. Models write numbers as texts now and then; a text
 * that is a number counts as one. A {@code null} is an absent argument.
 */
public final class ToolCall {
    /** Clients give up a call after a minute; what is longer is cut to this. */
    private static final int LONGEST_WAIT_SECONDS = 45;

    private static final int LONGEST_NUMBER = 30;

    private final Caller caller;
    private final RoutingContext request;
    private final Map<String, JsonNode> given;

    private ToolCall(Caller caller, RoutingContext request, Map<String, JsonNode> given) {
        this.caller = caller;
        this.request = request;
        this.given = given;
    }

    /**
     * Checks the arguments of a call. A {@link Problem} names the first field that does not fit.
     *
     * @param arguments an object; {@code null} or absent for none
     */
    public static ToolCall of(Tool tool, JsonNode arguments, Caller caller, RoutingContext request) {
        Map<String, JsonNode> given = new LinkedHashMap<>();
        if (arguments != null && !arguments.isNull() && !arguments.isMissingNode()) {
            if (!arguments.isObject()) {
                throw Problem.badInput("arguments", "an object");
            }
            for (Map.Entry<String, JsonNode> argument : arguments.properties()) {
                Field field = tool.fields().stream()
                        .filter(one -> one.name().equals(argument.getKey()))
                        .findFirst()
                        .orElseThrow(() -> unknown(tool, argument.getKey()));
                if (!argument.getValue().isNull()) {
                    given.put(field.name(), fitting(field, argument.getValue()));
                }
            }
        }
        for (Field field : tool.fields()) {
            if (field.required() && !given.containsKey(field.name())) {
                throw Problem.badInput(field.name(), expected(field));
            }
        }
        return new ToolCall(caller, request, given);
    }

    private static Problem unknown(Tool tool, String name) {
        String known = tool.fields().stream().map(Field::name).collect(Collectors.joining(", "));
        return Problem.of(
                        Code.IF_ERR_UNKNOWN_FIELD,
                        tool.name() + " has no argument " + name
                                + (known.isEmpty() ? "; it takes none." : "; it has " + known + "."))
                .with("field", name);
    }

    private static String expected(Field field) {
        return field.options().isEmpty() ? field.kind().expected() : "one of " + String.join(", ", field.options());
    }

    private static JsonNode fitting(Field field, JsonNode value) {
        JsonNode fits = switch (field.kind()) {
            case TEXT -> word(field, value);
            case WHOLE -> {
                JsonNode number = number(value);
                yield number != null && number.canConvertToExactIntegral() && number.canConvertToLong() ? number : null;
            }
            case NUMBER -> number(value);
            case SWITCH -> value.isBoolean() ? value : null;
            case TEXTS -> texts(value);
            case ANY -> value;
        };
        if (fits == null) {
            throw Problem.badInput(field.name(), expected(field));
        }
        return fits;
    }

    private static JsonNode word(Field field, JsonNode value) {
        if (!value.isTextual()) {
            return null;
        }
        if (field.options().isEmpty()) {
            return value;
        }
        String word = value.textValue().strip().toLowerCase(Locale.ROOT);
        return field.options().contains(word) ? JsonNodeFactory.instance.textNode(word) : null;
    }

    private static JsonNode number(JsonNode value) {
        if (value.isNumber()) {
            return value;
        }
        if (!value.isTextual() || value.textValue().length() > LONGEST_NUMBER) {
            return null;
        }
        try {
            BigDecimal number = new BigDecimal(value.textValue().strip());
            return Math.abs(number.scale()) > LONGEST_NUMBER ? null : JsonNodeFactory.instance.numberNode(number);
        } catch (NumberFormatException _) {
            return null;
        }
    }

    /** A single text counts as a list of one. */
    private static JsonNode texts(JsonNode value) {
        if (value.isTextual()) {
            return JsonNodeFactory.instance.arrayNode().add(value);
        }
        if (!value.isArray()) {
            return null;
        }
        for (JsonNode one : value) {
            if (!one.isTextual()) {
                return null;
            }
        }
        return value;
    }

    public Caller caller() {
        return caller;
    }

    /** The HTTP call that it came with. */
    public RoutingContext request() {
        return request;
    }

    /** Whether the argument was given. */
    public boolean has(String name) {
        return given.containsKey(name);
    }

    /** A text; {@code null} if absent. */
    public String text(String name) {
        return has(name) ? given.get(name).textValue() : null;
    }

    /** A whole number; {@code null} if absent. */
    public Long whole(String name) {
        return has(name) ? Long.valueOf(given.get(name).decimalValue().longValueExact()) : null;
    }

    /** A small whole number; {@code null} if absent. */
    public Integer small(String name) {
        Long whole = whole(name);
        if (whole != null && whole != whole.intValue()) {
            throw Problem.badInput(name, "a whole number of at most " + Integer.MAX_VALUE);
        }
        return whole == null ? null : Integer.valueOf(whole.intValue());
    }

    /** How many seconds to wait, at most as many as clients wait; {@code null} if absent. */
    public Integer wait(String name) {
        Long seconds = whole(name);
        if (seconds != null && seconds < 0) {
            throw Problem.badInput(name, "seconds, 0 to " + LONGEST_WAIT_SECONDS);
        }
        return seconds == null ? null : Integer.valueOf((int) Math.min(seconds, LONGEST_WAIT_SECONDS));
    }

    /** A number; {@code null} if absent. */
    public BigDecimal number(String name) {
        return has(name) ? given.get(name).decimalValue() : null;
    }

    /** {@code null} if absent. */
    public Boolean isOn(String name) {
        return has(name) ? Boolean.valueOf(given.get(name).booleanValue()) : null;
    }

    /** Texts; {@code null} if absent. */
    public List<String> texts(String name) {
        if (!has(name)) {
            return null;
        }
        List<String> texts = new ArrayList<>();
        given.get(name).forEach(one -> texts.add(one.textValue()));
        return texts;
    }

    /** As it was given; {@code null} if absent. */
    public JsonNode json(String name) {
        return given.get(name);
    }
}
