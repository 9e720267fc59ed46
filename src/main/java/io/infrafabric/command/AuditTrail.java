package io.infrafabric.command;

import com.fasterxml.jackson.annotation.JsonRawValue;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.infrafabric.bus.NewestFirst;
import io.infrafabric.bus.Rows;
import io.infrafabric.input.Spelling;
import io.quarkus.arc.All;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.SqlClient;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jboss.logging.Logger;

/**
 * What operators did: who, what, why, the state before, and the answer. A row is written in the transaction of its
 * effect, so it exists if and only if the effect does; a refused call leaves none. Rows stay: the database refuses
 * UPDATE, DELETE and TRUNCATE.
 *
 * <p>{@link Once}, through which nearly every command passes, writes the rows of what it runs. Calls that do not pass
 * through it are written after their effect and before their answer ({@code AuditFilter}).
 *
 * <p>{@code before} is read when the transaction begins, before anything is locked: another call may change the thing
 * in between. Secrets are left out, and long values are cut ({@link CommandConfig#auditLength()}).
 */
@ApplicationScoped
public class AuditTrail {
    private static final Logger LOG = Logger.getLogger(AuditTrail.class);

    private static final String WRITE = "INSERT INTO door_audit"
            + " (by, token_id, swarm, call, entity, reason, request, before, after)"
            + " SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],"
            + " $8::text[], $9::text[])";
    private static final Set<String> SECRET = Set.of("secret", "secrets", "token", "tokens", "password");
    private static final int LONGEST_CALL = 512;
    private static final int LONGEST_REASON = 2000;

    private final ObjectMapper mapper;
    private final Map<String, String> statements = new HashMap<>();
    private final int length;

    /** A line to write: {@code before} and {@code answered} are JSON, or {@code null}. */
    public record Line(Deed deed, String before, String answered) {}

    /**
     * What an operator did.
     *
     * @param by the subject of the token
     * @param tokenId the token's id; absent for the operator token from the configuration
     * @param call method and path
     * @param entity what it was about, for example {@code task:build}
     * @param request the body, without secrets
     * @param before the state before, if the log knows it
     * @param after the answer
     */
    @Schema(name = "AuditEntry")
    public record Entry(
            long id,
            Instant at,
            String by,
            String tokenId,
            String swarm,
            String call,
            String entity,
            String reason,

            @JsonRawValue @Schema(type = org.eclipse.microprofile.openapi.annotations.enums.SchemaType.OBJECT)
            String request,

            @JsonRawValue @Schema(type = org.eclipse.microprofile.openapi.annotations.enums.SchemaType.OBJECT)
            String before,

            @JsonRawValue @Schema(type = org.eclipse.microprofile.openapi.annotations.enums.SchemaType.OBJECT)
            String after) {}

    /**
     * Which rows to read; a {@code null} part does not limit.
     *
     * @param beforeAt with {@code beforeId} the last row of the page before
     */
    public record Filter(
            String swarm, Instant from, Instant to, String by, String entity, Instant beforeAt, Long beforeId) {}

    @Inject
    AuditTrail(ObjectMapper mapper, @All List<Before> rooms, CommandConfig config) {
        this.mapper = mapper;
        this.length = config.auditLength();
        rooms.forEach(room -> statements.putAll(room.statements()));
    }

    /** Reads the present state of the things that these deeds are about, as far as their rooms show it. */
    Uni<Map<Deed, String>> before(SqlClient client, Collection<Deed> deeds) {
        List<Deed> shown = deeds.stream()
                .filter(deed -> deed.shownAs() != null && statements.containsKey(deed.shownIn()))
                .toList();
        Map<Deed, String> seen = new HashMap<>();
        if (shown.isEmpty()) {
            return Uni.createFrom().item(seen);
        }
        return Multi.createFrom()
                .iterable(shown)
                .onItem()
                .transformToUniAndConcatenate(deed -> client.preparedQuery(statements.get(deed.shownIn()))
                        .execute(Tuple.of(deed.shownAs()))
                        .invoke(rows -> rows.forEach(row -> seen.put(deed, row.getString(0)))))
                .collect()
                .last()
                .replaceWith(seen);
    }

    /** Writes the lines of calls that had an effect, in the caller's transaction. */
    public Uni<Void> write(SqlClient client, List<Line> lines) {
        int count = lines.size();
        String[][] columns = new String[9][count];
        for (int i = 0; i < count; i++) {
            Line line = lines.get(i);
            Deed deed = line.deed();
            JsonNode asked = tree(deed.request());
            JsonNode answered = tree(line.answered());
            columns[0][i] = deed.by().subject();
            columns[1][i] = deed.by().tokenId();
            columns[2][i] = deed.swarm(asked, answered);
            columns[3][i] = cut(deed.call(), LONGEST_CALL);
            columns[4][i] = cut(deed.entity(answered), LONGEST_CALL);
            columns[5][i] = cut(Deed.reason(asked), LONGEST_REASON);
            columns[6][i] = kept(asked);
            columns[7][i] = kept(tree(line.before()));
            columns[8][i] = kept(answered);
            deed.isWrittenNow();
        }
        Tuple row = Tuple.tuple();
        for (String[] column : columns) {
            row.addArrayOfString(column);
        }
        return client.preparedQuery(WRITE).execute(row).replaceWithVoid();
    }

    /**
     * The same without waiting for the answer: if it fails, so does the next statement on the connection, at the latest
     * the COMMIT.
     */
    void writeAlongside(SqlClient client, List<Line> lines) {
        if (!lines.isEmpty()) {
            write(client, lines)
                    .subscribe()
                    .with(
                            written -> {},
                            failed -> LOG.errorf(failed, "The audit log refused a row, so nothing was done"));
        }
    }

    /** Reads one page, newest first. */
    public Uni<List<Entry>> page(Pool pool, Filter filter, int limit) {
        NewestFirst page = NewestFirst.by("at", "id").since(at(filter.from()));
        if (filter.entity() == null) {
            page.only("swarm", filter.swarm()).only("by", filter.by());
        } else {
            // One entity has few rows: the rest is asked of each of them.
            page.only("entity", filter.entity());
        }
        if (filter.beforeId() != null) {
            page.before(at(filter.beforeAt()), filter.beforeId());
        } else if (filter.to() != null) {
            page.before(at(filter.to()), Long.MIN_VALUE);
        } else {
            page.before(at(Rows.FOREVER), Long.MAX_VALUE);
        }
        Tuple values = Tuple.tuple();
        StringBuilder sql = new StringBuilder("SELECT * FROM door_audit WHERE ").append(page.condition(values));
        if (filter.entity() != null) {
            and(sql, values, " AND swarm = ", filter.swarm());
            and(sql, values, " AND by = ", filter.by());
        }
        values.addInteger(limit);
        sql.append(page.order()).append(" LIMIT $").append(values.size());
        return pool.preparedQuery(sql.toString()).execute(values).map(rows -> {
            List<Entry> entries = new ArrayList<>();
            rows.forEach(row -> entries.add(entry(row)));
            return entries;
        });
    }

    private static void and(StringBuilder sql, Tuple values, String condition, Object value) {
        if (value != null) {
            values.addValue(value);
            sql.append(condition).append('$').append(values.size());
        }
    }

    private static Object at(Instant instant) {
        return instant == null ? null : instant.atOffset(ZoneOffset.UTC);
    }

    private static Entry entry(Row row) {
        Function<String, String> text = row::getString;
        return new Entry(
                row.getLong("id"),
                row.getOffsetDateTime("at").toInstant(),
                text.apply("by"),
                text.apply("token_id"),
                text.apply("swarm"),
                text.apply("call"),
                text.apply("entity"),
                text.apply("reason"),
                text.apply("request"),
                text.apply("before"),
                text.apply("after"));
    }

    /** A body or the text of an answer, as JSON. */
    private JsonNode tree(Object body) {
        try {
            return switch (body) {
                case null -> null;
                case String json -> mapper.readTree(json);
                default -> mapper.valueToTree(body);
            };
        } catch (JsonProcessingException notJson) {
            return JsonNodeFactory.instance.textNode(String.valueOf(body));
        }
    }

    private String kept(JsonNode json) {
        if (json == null || json.isNull()) {
            return null;
        }
        hide(json);
        String text = json.toString();
        if (text.length() <= length) {
            return text;
        }
        return JsonNodeFactory.instance
                .objectNode()
                .put("cutFrom", text.length())
                .put("start", cut(text, length / 2))
                .toString();
    }

    /** Replaces the values of secrets, at any depth. */
    private static void hide(JsonNode json) {
        switch (json) {
            case ObjectNode object ->
                object.properties().forEach(field -> {
                    if (SECRET.contains(field.getKey()) && !field.getValue().isBoolean()) {
                        field.setValue(JsonNodeFactory.instance.textNode("(not kept)"));
                    } else {
                        hide(field.getValue());
                    }
                });
            case ArrayNode array -> array.forEach(AuditTrail::hide);
            default -> {}
        }
    }

    /** The beginning of a text, without NUL and without half of a surrogate pair. */
    private static String cut(String text, int most) {
        return text == null ? null : Spelling.cut(text.replace("\0", ""), most);
    }
}
