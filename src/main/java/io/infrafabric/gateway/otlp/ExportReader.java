package io.infrafabric.gateway.otlp;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import io.infrafabric.budget.ModelUse;
import io.infrafabric.gateway.otlp.UsageForm.Meaning;
import io.infrafabric.problem.Code;
import io.infrafabric.problem.Problem;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/** Reads an {@code ExportLogsServiceRequest} in JSON, in one pass over its bytes. */
final class ExportReader {
    private static final JsonFactory JSON = new JsonFactory();
    private static final int LONGEST_VALUE = 200;
    private static final long NANOS = 1_000_000_000L;

    /** Clients that have records of their own, so that what they write by the conventions besides tells of the same calls. */
    private static final String[] CLIENTS = {"claude-code", "codex", "gemini-cli"};

    /**
     * What an export tells.
     *
     * @param unusable records of calls whose figures cannot be right
     */
    record Logs(List<ModelUse> uses, int unusable) {}

    @FunctionalInterface
    private interface Step {
        void run() throws IOException;
    }

    @FunctionalInterface
    private interface Member {
        void read(String name) throws IOException;
    }

    private final byte[] body;
    private final JsonParser parser;
    private final int mostRecords;
    private final int mostCosts;
    private final List<ModelUse> uses = new ArrayList<>();
    private int records;
    private int unusable;

    private ExportReader(byte[] body, int mostRecords, int mostCosts) throws IOException {
        this.body = body;
        this.parser = JSON.createParser(body, 0, body.length);
        this.mostRecords = mostRecords;
        this.mostCosts = mostCosts;
    }

    /**
     * What the export tells.
     *
     * @throws Problem if it is no OTLP, or has more records or costs than that
     */
    static Logs read(byte[] body, int mostRecords, int mostCosts) {
        try {
            ExportReader reader = new ExportReader(body, mostRecords, mostCosts);
            reader.whole();
            return new Logs(List.copyOf(reader.uses), reader.unusable);
        } catch (JsonProcessingException notJson) {
            throw Problem.of(
                    Code.IF_ERR_MALFORMED_JSON,
                    "The body is not JSON, from line " + notJson.getLocation().getLineNr() + ", column "
                            + notJson.getLocation().getColumnNr() + " on.");
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
    }

    private void whole() throws IOException {
        parser.nextToken();
        object("body", name -> {
            if (name.equals("resourceLogs")) {
                each(name, this::resource);
            } else {
                parser.skipChildren();
            }
        });
        if (parser.nextToken() != null) {
            throw notOtlp("body");
        }
    }

    private void resource() throws IOException {
        int before = uses.size();
        List<ModelUse> generic = new ArrayList<>();
        Map<String, String> about = new HashMap<>();
        object("resourceLogs", name -> {
            switch (name) {
                case "resource" ->
                    object(name, member -> {
                        if (member.equals("attributes")) {
                            each(member, () -> attribute(about));
                        } else {
                            parser.skipChildren();
                        }
                    });
                case "scopeLogs" -> each(name, () -> scope(generic));
                default -> parser.skipChildren();
            }
        });
        String service = about.getOrDefault("service.name", "");
        boolean toldTwice = uses.size() > before;
        for (String client : CLIENTS) {
            toldTwice |= service.startsWith(client);
        }
        if (!toldTwice) {
            uses.addAll(generic);
            mustBeFew(uses.size(), mostCosts, "costs");
        }
    }

    private void scope(List<ModelUse> generic) throws IOException {
        object("scopeLogs", name -> {
            if (name.equals("logRecords")) {
                each(name, () -> logRecord(generic));
            } else {
                parser.skipChildren();
            }
        });
    }

    private void logRecord(List<ModelUse> generic) throws IOException {
        mustBeFew(++records, mostRecords, "log records");
        long begin = parser.currentTokenLocation().getByteOffset();
        Map<String, String> attributes = new HashMap<>();
        Map<String, String> times = new HashMap<>();
        String[] event = new String[1];
        object("logRecords", name -> {
            switch (name) {
                case "timeUnixNano", "observedTimeUnixNano" -> times.put(name, text());
                case "eventName" -> event[0] = text();
                case "body" -> attributes.put(UsageForm.BODY, value());
                case "attributes" -> each(name, () -> attribute(attributes));
                default -> parser.skipChildren();
            }
        });
        if (event[0] != null) {
            attributes.putIfAbsent(UsageForm.EVENT, event[0]);
        }
        attributes.values().removeIf(java.util.Objects::isNull);
        long end = parser.currentLocation().getByteOffset();
        Long nanos = nanos(times);
        Instant at = nanos == null || nanos == 0 ? null : Instant.ofEpochSecond(nanos / NANOS, nanos % NANOS);
        switch (UsageForm.of(attributes, "", at)) {
            case Meaning.Nothing _ -> {}
            case Meaning.Unusable _ -> unusable++;
            case Meaning.Told _ when nanos == null -> unusable++;
            case Meaning.Told(UsageForm form, ModelUse use) -> {
                List<ModelUse> told = form == UsageForm.GENERIC ? generic : uses;
                told.add(identified(use, hash(begin, end)));
                mustBeFew(uses.size() + generic.size(), mostCosts, "costs");
            }
        }
    }

    private static ModelUse identified(ModelUse use, String id) {
        return new ModelUse(
                id,
                use.at(),
                use.maker(),
                use.model(),
                use.task(),
                use.input(),
                use.output(),
                use.cacheRead(),
                use.cacheWrite(),
                use.cacheWrite1h(),
                use.dollars());
    }

    /** The time of the event, else when it was seen, else 0; {@code null} if that is no time. */
    private static Long nanos(Map<String, String> times) {
        try {
            for (String name : List.of("timeUnixNano", "observedTimeUnixNano")) {
                String text = times.get(name);
                long nanos = text == null ? 0 : Long.parseLong(text);
                if (nanos != 0) {
                    return nanos < 0 ? null : nanos;
                }
            }
            return 0L;
        } catch (NumberFormatException notATime) {
            return null;
        }
    }

    private String hash(long begin, long end) {
        if (begin < 0 || end > body.length) {
            throw Problem.badInput("body", "JSON in UTF-8");
        }
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(body, (int) begin, (int) (end - begin));
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private void attribute(Map<String, String> into) throws IOException {
        String[] found = new String[2];
        object("attributes", name -> {
            switch (name) {
                case "key" -> found[0] = text();
                case "value" -> found[1] = value();
                default -> parser.skipChildren();
            }
        });
        if (found[0] != null && (UsageForm.READ.contains(found[0]) || found[0].equals("service.name"))) {
            into.put(found[0], found[1]);
        }
    }

    /** A value with a plain text or number; {@code null} for anything else. */
    private String value() throws IOException {
        if (parser.currentToken() == JsonToken.VALUE_NULL) {
            return null;
        }
        String[] found = new String[1];
        object("value", name -> {
            switch (name) {
                case "stringValue", "intValue", "doubleValue" -> found[0] = text();
                default -> parser.skipChildren();
            }
        });
        return found[0];
    }

    /** A short text or a number as text; {@code null} for anything else. */
    private String text() throws IOException {
        JsonToken token = parser.currentToken();
        if (token.isNumeric() || (token == JsonToken.VALUE_STRING && parser.getTextLength() <= LONGEST_VALUE)) {
            return parser.getText();
        }
        parser.skipChildren();
        return null;
    }

    private void object(String field, Member member) throws IOException {
        if (parser.currentToken() != JsonToken.START_OBJECT) {
            throw notOtlp(field);
        }
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String name = parser.currentName();
            parser.nextToken();
            member.read(name);
        }
    }

    private void each(String field, Step step) throws IOException {
        if (parser.currentToken() == JsonToken.VALUE_NULL) {
            return;
        }
        if (parser.currentToken() != JsonToken.START_ARRAY) {
            throw notOtlp(field);
        }
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            step.run();
        }
    }

    private static Problem notOtlp(String field) {
        return Problem.badInput(field, "an ExportLogsServiceRequest of OTLP in JSON: {\"resourceLogs\": [...]}");
    }

    private static void mustBeFew(int count, int most, String what) {
        if (count > most) {
            throw Problem.of(
                            Code.IF_ERR_BATCH_TOO_LARGE,
                            "The export has more than " + most + " " + what + ". Nothing was taken.")
                    .with("max", most);
        }
    }
}
