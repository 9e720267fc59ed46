package io.infrafabric.door.input;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.exc.InputCoercionException;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.core.exc.StreamReadException;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.exc.InvalidDefinitionException;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import io.infrafabric.input.ParserMessage;
import io.infrafabric.input.Rfc3339;
import io.infrafabric.problem.Code;
import io.infrafabric.problem.Problem;
import java.io.CharConversionException;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** What was wrong with a body, in the terms of its author. */
public final class BadJson {
    private static final int MAX_CAUSES = 8;

    private BadJson() {}

    /** The problem behind a failure to read a body; {@code null} if the failure is something else. */
    public static Problem problemIn(Throwable failure) {
        Throwable cause = failure;
        for (int i = 0; i < MAX_CAUSES && cause != null; i++, cause = cause.getCause()) {
            switch (cause) {
                case Problem problem -> {
                    return problem;
                }
                case BodyLimit.TooLarge tooLarge -> {
                    return BodyLimit.problem(tooLarge.limit());
                }
                // The body begins like UTF-16 or UTF-32 but is neither.
                case CharConversionException _ -> {
                    return Problem.of(
                            Code.IF_ERR_MALFORMED_JSON, "The body is not valid JSON: its bytes are not UTF-8 text.");
                }
                case InvalidDefinitionException _ -> {
                    return null; // our fault, not the caller's
                }
                case JsonProcessingException json
                when !hasOwnCause(json) -> {
                    return problem(json);
                }
                case Throwable _ -> {}
            }
        }
        return null;
    }

    private static boolean hasOwnCause(JsonProcessingException json) {
        return json.getCause() instanceof Problem || json.getCause() instanceof BodyLimit.TooLarge;
    }

    private static Problem problem(JsonProcessingException e) {
        return switch (e) {
            case UnrecognizedPropertyException unknown -> unknownField(unknown);
            case MismatchedInputException mismatch -> mismatch(mismatch);
            case StrictValues.Refused refused -> Problem.badInput(field(refused), refused.expected());
            case StreamConstraintsException constraint ->
                malformed(constraint, "It is nested too deeply, or too " + "long.");
            case StreamReadException malformed ->
                malformed(malformed, ParserMessage.plain(malformed.getOriginalMessage()));
            case JsonMappingException mapping
            when mapping.getCause() instanceof InputCoercionException tooLarge ->
                Problem.badInput(path(mapping), expected(tooLarge.getTargetType()));
            case JsonMappingException mapping -> Problem.badInput(path(mapping), "a value that can be read");
            case JsonProcessingException other -> malformed(other, "It cannot be read.");
        };
    }

    private static Problem malformed(JsonProcessingException e, String why) {
        JsonLocation location = e.getLocation();
        Problem problem = Problem.of(
                Code.IF_ERR_MALFORMED_JSON,
                "The body is not valid JSON" + (location == null ? "" : " at " + place(location)) + ": " + why);
        return location == null
                ? problem
                : problem.with("line", location.getLineNr()).with("column", location.getColumnNr());
    }

    private static Problem unknownField(UnrecognizedPropertyException e) {
        List<String> known = e.getKnownPropertyIds() == null
                ? List.of()
                : e.getKnownPropertyIds().stream().map(String::valueOf).sorted().toList();
        return Problem.of(Code.IF_ERR_UNKNOWN_FIELD, "The body has an unknown field: " + path(e))
                .with("field", path(e))
                .with("known", known);
    }

    private static Problem mismatch(MismatchedInputException e) {
        return Problem.badInput(field(e), expected(e.getTargetType()));
    }

    private static String field(JsonMappingException e) {
        String path = path(e);
        return path.isEmpty() ? "body" : path;
    }

    /** The JSON form of a Java type. */
    static String expected(Class<?> type) {
        if (type == null) {
            return "another type of value";
        }
        if (type.isEnum()) {
            return "one of "
                    + Arrays.stream(type.getEnumConstants())
                            .map(String::valueOf)
                            .collect(Collectors.joining(", "));
        }
        if (type == String.class) {
            return "a text";
        }
        if (type == Boolean.class || type == boolean.class) {
            return "true or false";
        }
        if (type == BigDecimal.class || type == Double.class || type == double.class) {
            return "a number";
        }
        if (Number.class.isAssignableFrom(type) || type.isPrimitive()) {
            return "a whole number";
        }
        if (type == Instant.class) {
            return Rfc3339.EXPECTED;
        }
        if (type == LocalDate.class) {
            return Rfc3339.DAY_EXPECTED;
        }
        if (type == Duration.class) {
            return "a duration as in ISO 8601, for example PT30S";
        }
        if (type.isArray() || Collection.class.isAssignableFrom(type)) {
            return "a list";
        }
        return type.isRecord() || Map.class.isAssignableFrom(type) ? "an object" : "another type of value";
    }

    /** The path of a field, for example {@code tasks[3].priority}. */
    private static String path(JsonMappingException e) {
        var path = new StringBuilder();
        for (JsonMappingException.Reference step : e.getPath()) {
            if (step.getFieldName() == null) {
                path.append('[').append(step.getIndex()).append(']');
            } else {
                path.append(path.isEmpty() ? "" : ".").append(step.getFieldName());
            }
        }
        return path.toString();
    }

    private static String place(JsonLocation location) {
        return "line " + location.getLineNr() + ", column " + location.getColumnNr();
    }
}
