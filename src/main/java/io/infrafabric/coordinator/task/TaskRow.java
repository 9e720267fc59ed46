package io.infrafabric.coordinator.task;

import io.infrafabric.bus.Rows;
import io.infrafabric.coordinator.task.Submission.NewTask;
import io.infrafabric.coordinator.task.Task.Dispatch;
import io.infrafabric.coordinator.task.Task.LastAttempt;
import io.infrafabric.coordinator.task.Task.Limits;
import io.infrafabric.coordinator.task.Task.Links;
import io.infrafabric.coordinator.task.Task.Origin;
import io.infrafabric.coordinator.task.Task.Progress;
import io.infrafabric.coordinator.task.Task.Requirements;
import io.infrafabric.coordinator.task.Task.Specification;
import io.infrafabric.coordinator.task.Task.State;
import io.infrafabric.coordinator.task.Task.Tenure;
import io.infrafabric.input.Check;
import io.vertx.core.json.JsonObject;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.Tuple;
import java.math.BigDecimal;
import java.time.OffsetDateTime;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The columns of {@code coordinator_task}: only this class names them for adding or reading a whole task. It also turns
 * rows of the coordinator's tables into tasks and steps.
 */
public final class TaskRow {
    /** How the values of a column travel in an array: the type, and the conversion of an element. */
    private enum Kind {
        TEXT("text", "%s"),
        NUMBER("int", "%s"),
        LEVEL("smallint", "%s"),
        /** As text, which an array carries exactly. */
        MONEY("text", "%s::numeric"),
        /** Joined, because an array of arrays must be rectangular. */
        WORDS("text", "string_to_array(%s, ',')"),
        TIME("timestamptz", "%s");

        private final String type;
        private final String made;

        Kind(String type, String made) {
            this.type = type;
            this.made = made;
        }

        private Object[] packed(Stream<Object> values) {
            return switch (this) {
                case TEXT -> values.toArray(String[]::new);
                case NUMBER -> values.toArray(Integer[]::new);
                case LEVEL -> values.toArray(Short[]::new);
                case MONEY -> values.map(money -> Rows.text((BigDecimal) money)).toArray(String[]::new);
                case WORDS ->
                    values.map(words -> words == null ? null : String.join(",", (String[]) words))
                            .toArray(String[]::new);
                case TIME -> values.toArray(OffsetDateTime[]::new);
            };
        }
    }

    private record Column(String name, Kind kind, Function<NewTask, Object> cell) {
        private static Column of(String name, Kind kind, Function<Specification, Object> cell) {
            return new Column(name, kind, task -> cell.apply(task.specification()));
        }
    }

    /** The columns that every task fills. The first is the parameter {@code $1}, and so on. */
    private static final List<Column> PLAIN = List.of(
            Column.of("id", Kind.TEXT, Specification::id),
            Column.of("swarm", Kind.TEXT, Specification::swarm),
            Column.of("title", Kind.TEXT, Specification::title),
            Column.of("domains", Kind.WORDS, spec -> array(spec.requirements().domains())),
            Column.of("tools", Kind.WORDS, spec -> array(spec.requirements().tools())),
            Column.of("priority", Kind.LEVEL, spec -> spec.dispatch().priority().level()),
            Column.of("estimated_cost", Kind.MONEY, spec -> spec.dispatch().estimatedCost()),
            Column.of("assignee", Kind.TEXT, spec -> spec.dispatch().assignee()),
            Column.of("payload", Kind.TEXT, Specification::payload),
            Column.of("max_attempts", Kind.NUMBER, spec -> spec.limits().maxAttempts()),
            new Column("trace_token", Kind.TEXT, NewTask::traceToken),
            new Column("body_hash", Kind.TEXT, NewTask::bodyHash));

    /** The columns that the submitter may fill: the plain ones, and these. */
    private static final List<Column> SUBMITTED = Stream.concat(
                    PLAIN.stream(),
                    Stream.of(
                            Column.of(
                                    "expires_at",
                                    Kind.TIME,
                                    spec -> Rows.at(spec.limits().expiresAt())),
                            Column.of(
                                    "requires",
                                    Kind.WORDS,
                                    spec -> given(spec.requirements().requires())),
                            Column.of(
                                    "concurrency",
                                    Kind.WORDS,
                                    spec -> given(spec.dispatch().concurrency())),
                            Column.of(
                                    "fair_by",
                                    Kind.TEXT,
                                    spec -> spec.dispatch().fairBy()),
                            Column.of("labels", Kind.WORDS, spec -> given(labels(spec.labels()))),
                            Column.of("check_by", Kind.TEXT, spec -> text(spec.check())),
                            Column.of(
                                    "completed_by",
                                    Kind.TEXT,
                                    spec -> spec.limits().completedBy())))
            .toList();

    /** The columns from which a task is read. */
    public static final String COLUMNS = " " + each((column, _) -> "t." + column.name())
            + ", t.seq, t.submitted_by, t.created_at, t.state, t.open_deps, t.not_before, t.attempts, t.epoch, t.holder,"
            + " t.lease_until, t.result, t.error, t.cost, t.version, t.changed_at, t.reclaims ";

    private static final Pattern FURTHER = Pattern.compile("\\$\\+(\\d+)");

    /** SQL: the order of claiming. */
    public static final String CLAIMING_ORDER = "ORDER BY q.priority, q.seq";

    /** SQL, conditions on the column named right before. */
    public static final String HOPELESS = Rows.in(State.values(), State::isHopeless);

    public static final String PENDING = Rows.in(State.values(), State::isPending);

    /** Not over. */
    public static final String OPEN = Rows.in(State.values(), state -> !state.isOver());

    /** A session has it. */
    public static final String HELD = Rows.in(State.values(), State::isHeld);

    private TaskRow() {}

    /**
     * SQL, a condition: the task may be claimed now by its intended session. One whose time to end has come is passed over: it
     * stays queued until its due row cancels it.
     */
    public static String claimable(String task) {
        return "%1$s.state = '%2$s' AND coordinator_in_time(%1$s)".formatted(task, State.QUEUED);
    }

    /** SQL, a condition: the task may be claimed now by any session of this swarm, whatever it can do. */
    public static String plainInSwarm(String task, String swarm) {
        return "%1$s.swarm = %2$s AND coordinator_is_plain(%1$s)".formatted(task, swarm);
    }

    /** SQL, a condition: the task stands in a lane of this swarm, and may be claimed now by those that the lane is for. */
    public static String lanedInSwarm(String task, String swarm) {
        return "%1$s.swarm = %2$s AND %1$s.assignee IS NULL AND NOT %1$s.dormant AND %1$s.lane <> 0 AND "
                        .formatted(task, swarm)
                + claimable(task);
    }

    /** SQL, a condition: the time of the task has come, and nobody has woken it yet. */
    public static String ripeInSwarm(String task, String swarm) {
        return "%1$s.swarm = %2$s AND coordinator_is_ripe(%1$s)".formatted(task, swarm);
    }

    /** SQL, a condition: the task may be claimed now by this session of this swarm, and by no other. */
    public static String claimableAlone(String task, String session, String swarm) {
        return "%1$s.assignee = %2$s AND %1$s.swarm = %3$s AND ".formatted(task, session, swarm) + claimable(task);
    }

    /** SQL, a condition: the session holds the task. Only a task that is held has a holder. */
    public static String heldBy(String task, String session) {
        return task + ".holder = " + session;
    }

    /**
     * SQL, a condition: the task is held and has this concurrency key of this swarm. The swarm is hidden from the planner,
     * which then goes by the key: few tasks of a swarm have it.
     */
    public static String heldUnderKey(String task, String swarm, String key) {
        return underKey(task, HELD, swarm, key);
    }

    /** SQL, a condition: the same for a task that is queued. */
    public static String queuedUnderKey(String task, String swarm, String key) {
        return underKey(task, "= '" + State.QUEUED + "'", swarm, key);
    }

    private static String underKey(String task, String state, String swarm, String key) {
        return "%1$s.state %2$s AND %1$s.concurrency @> ARRAY[%4$s] AND %1$s.swarm || '' = %3$s"
                .formatted(task, state, swarm, key);
    }

    /** SQL: how many leases the session has. */
    public static String leases(String session) {
        return "(SELECT count(*) FROM coordinator_task t WHERE " + heldBy("t", session) + ")";
    }

    private static String[] array(List<String> words) {
        return words.toArray(String[]::new);
    }

    /** No array for no words, so that a task without them takes no more space than before. */
    private static String[] given(List<String> words) {
        return words.isEmpty() ? null : array(words);
    }

    private static List<String> words(Row row, String column) {
        String[] words = row.getArrayOfStrings(column);
        return words == null ? List.of() : List.of(words);
    }

    /** Labels as searchable words: name, colon, value. */
    static List<String> labels(Map<String, String> labels) {
        return labels.entrySet().stream()
                .map(label -> label.getKey() + ":" + label.getValue())
                .toList();
    }

    private static Map<String, String> labels(Row row) {
        Map<String, String> labels = new LinkedHashMap<>();
        words(row, "labels").forEach(word -> {
            int colon = word.indexOf(':');
            labels.put(word.substring(0, colon), word.substring(colon + 1));
        });
        return labels;
    }

    /** A checker as JSON; {@code null} for none. */
    private static String text(Checker checker) {
        return checker == null ? null : JsonObject.mapFrom(checker).encode();
    }

    private static Checker checker(String text) {
        return text == null ? null : new JsonObject(text).mapTo(Checker.class);
    }

    private static String each(BiFunction<Column, Integer, String> text) {
        return each(SUBMITTED, text);
    }

    private static String each(List<Column> columns, BiFunction<Column, Integer, String> text) {
        return IntStream.range(0, columns.size())
                .mapToObj(i -> text.apply(columns.get(i), i + 1))
                .collect(Collectors.joining(","));
    }

    /**
     * A statement that adds many tasks. {@code $names} are the columns that the submitter fills, {@code $arrays} their
     * parameters ({@link #arrays}), and {@code $unpacked} the expressions for a row of these; {@code $+1} is the first
     * parameter after them.
     */
    public static String adding(String sql) {
        return further(
                SUBMITTED,
                sql.replace("$names", each((column, _) -> column.name()))
                        .replace("$arrays", each((column, n) -> "$" + n + "::" + column.kind().type + "[]"))
                        .replace(
                                "$unpacked",
                                each((column, _) -> column.kind().made.formatted("i." + column.name()))));
    }

    /** The same for one {@linkplain #isPlain plain} task; {@code $values} are its parameters ({@link #values}). */
    public static String addingPlain(String sql) {
        return further(
                PLAIN,
                sql.replace("$names", each(PLAIN, (column, _) -> column.name()))
                        .replace("$values", each(PLAIN, (_, n) -> "$" + n)));
    }

    private static String further(List<Column> before, String sql) {
        return FURTHER.matcher(sql).replaceAll(found -> "\\$" + (before.size() + Integer.parseInt(found.group(1))));
    }

    /** Whether the task fills only the columns that every task fills, and may be claimed at once. */
    public static boolean isPlain(NewTask task) {
        return task.notBefore() == null
                && SUBMITTED.stream()
                        .skip(PLAIN.size())
                        .allMatch(column -> column.cell().apply(task) == null);
    }

    /** What the submitter fills, an array for each column. */
    static Tuple arrays(List<NewTask> tasks) {
        Tuple row = Tuple.tuple();
        SUBMITTED.forEach(
                column -> row.addValue(column.kind().packed(tasks.stream().map(column.cell()))));
        return row;
    }

    /** What a plain task fills, a value for each column. */
    public static Tuple values(NewTask task) {
        Tuple row = Tuple.tuple();
        PLAIN.forEach(column -> row.addValue(column.cell().apply(task)));
        return row;
    }

    /** Money as given, without the zeros that the database adds. */
    public static BigDecimal money(Row row, String column) {
        BigDecimal money = row.getBigDecimal(column);
        return money == null ? null : Check.money(column, money);
    }

    static Step step(Row row) {
        return new Step(
                row.getLong("version"),
                row.getString("what"),
                row.getString("by"),
                row.getString("session"),
                State.valueOf(row.getString("state")),
                row.getLong("epoch"),
                row.getInteger("attempts"),
                row.getString("note"),
                Rows.instant(row, "not_before"),
                Rows.instant(row, "at"));
    }

    public static Task task(Row row) {
        return new Task(
                specification(row),
                new Origin(
                        row.getString("trace_token"),
                        row.getString("submitted_by"),
                        Rows.instant(row, "created_at"),
                        row.getLong("seq"),
                        row.getString("body_hash")),
                State.valueOf(row.getString("state")),
                Links.counted(row.getInteger("open_deps")),
                progress(row),
                null);
    }

    private static Specification specification(Row row) {
        return new Specification(
                row.getString("id"),
                row.getString("swarm"),
                row.getString("title"),
                requirements(row),
                dispatch(row),
                labels(row),
                row.getString("payload"),
                new Limits(
                        row.getInteger("max_attempts"), Rows.instant(row, "expires_at"), row.getString("completed_by")),
                checker(row.getString("check_by")));
    }

    public static Requirements requirements(Row row) {
        return new Requirements(words(row, "domains"), words(row, "tools"), words(row, "requires"));
    }

    public static Dispatch dispatch(Row row) {
        return new Dispatch(
                Priority.of(row.getInteger("priority")),
                money(row, "estimated_cost"),
                row.getString("assignee"),
                words(row, "concurrency"),
                row.getString("fair_by"));
    }

    private static Progress progress(Row row) {
        return new Progress(
                Rows.instant(row, "not_before"),
                row.getInteger("attempts"),
                row.getLong("epoch"),
                new Tenure(row.getString("holder"), Rows.instant(row, "lease_until"), row.getInteger("reclaims")),
                new LastAttempt(row.getString("result"), row.getString("error"), money(row, "cost")),
                row.getLong("version"),
                Rows.instant(row, "changed_at"));
    }
}
