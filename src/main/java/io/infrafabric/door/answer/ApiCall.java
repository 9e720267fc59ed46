package io.infrafabric.door.answer;

import io.infrafabric.problem.Code;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a call answers with, beyond what its types say. It stands in the table of its function, {@code openapi/<function>.txt}.
 *
 * @param id its {@code operationId}
 * @param statuses of success, the usual one first
 * @param bodyOptional whether it may come without the body that it takes
 * @param textRefusals whether it refuses in plain text, too: the code, a colon, and what to do
 * @param codes what it refuses with, beside the codes of every call
 */
record ApiCall(String id, List<String> statuses, boolean bodyOptional, boolean textRefusals, List<Code> codes) {
    private static final String OPTIONAL_BODY = "optional-body";
    private static final String TEXT_REFUSALS = "text-refusals";

    /** The paths that do not begin with the name of a function, and whose table has them. */
    private static final Map<String, String> OTHERS =
            Map.of("{function}", "bus", "docs", "door", ".well-known", "gateway");

    /** The calls in the table of the function that this path belongs to, by method and path; empty if it has none. */
    static Map<String, ApiCall> around(String path) {
        String first = path.split("/", 3)[1];
        String function = OTHERS.getOrDefault(first, first);
        return read(table(function));
    }

    /** The members that every answer of a schema has, by the schema's name ({@code openapi/always.txt}). */
    static Map<String, List<String>> always() {
        Map<String, List<String>> always = new LinkedHashMap<>();
        List<String> members = List.of();
        for (String line : table("always").lines().toList()) {
            if (line.isBlank() || line.startsWith("#")) {
                continue;
            }
            List<String> words = List.of(line.strip().split("\\s+"));
            if (!line.startsWith(" ")) {
                members = new ArrayList<>();
                always.put(words.getFirst().replace(":", ""), members);
                words = words.subList(1, words.size());
            }
            members.addAll(words);
        }
        return always;
    }

    private static String table(String name) {
        try (InputStream table = ApiCall.class.getResourceAsStream("/openapi/" + name + ".txt")) {
            return table == null ? "" : new String(table.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException broken) {
            throw new UncheckedIOException(broken);
        }
    }

    /** Reads a table: a line for each call, and below it, indented, its codes. */
    static Map<String, ApiCall> read(String table) {
        Map<String, ApiCall> calls = new LinkedHashMap<>();
        List<Code> codes = List.of();
        for (String line : table.lines().toList()) {
            String[] words = line.strip().split("\\s+");
            if (line.isBlank() || line.startsWith("#")) {
                continue;
            }
            if (line.startsWith(" ")) {
                for (String code : words) {
                    codes.add(Code.valueOf(code));
                }
            } else {
                codes = new ArrayList<>();
                List<String> rest = new ArrayList<>(List.of(words).subList(3, words.length));
                boolean bodyOptional = rest.remove(OPTIONAL_BODY);
                boolean textRefusals = rest.remove(TEXT_REFUSALS);
                calls.put(words[0] + " " + words[1], new ApiCall(words[2], rest, bodyOptional, textRefusals, codes));
            }
        }
        return calls;
    }
}
