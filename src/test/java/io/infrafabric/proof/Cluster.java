package io.infrafabric.proof;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.fabric.Api;
import io.infrafabric.fabric.Builds;
import io.infrafabric.fabric.FabricProcess;
import io.infrafabric.fabric.Servers;
import io.infrafabric.fabric.Tokens;
import io.infrafabric.k8s.TokenIssuers;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Pattern;

/** Several processes of the fabric on one PostgreSQL and one Redis of their own, and a look into both. */
final class Cluster implements AutoCloseable {
    /** How long anything may take that is sure to happen; generous, since the machine may be busy. */
    static final Duration PATIENCE = Duration.ofMinutes(1);

    /** The clients of Redis and AMQP call every connection that they lose an error; that one is the test's doing. */
    private static final Pattern ERROR = Pattern.compile(
            "(?m)^\\d\\d:\\d\\d:\\d\\d\\.\\d+ (ERROR|FATAL) (?!i\\.v\\.r\\.c\\.i\\.RedisConnectionManager "
                    + "|i\\.v\\.c\\.n\\.i\\.ConnectionBase Connection reset).*$");

    private final String name;
    private final Map<String, String> settings;
    private final Servers servers;
    private final Tokens tokens;
    private final Channel channel;
    private final List<FabricProcess> processes = new CopyOnWriteArrayList<>();

    private Cluster(String name, Map<String, String> settings) {
        // Logs are appended to, so a run has names of its own.
        this.name = name + "-" + ProcessHandle.current().pid() + "-" + Long.toString(System.nanoTime() % 100_000, 36);
        this.settings = Map.copyOf(settings);
        this.tokens = Tokens.make(Path.of("target", "proof", this.name));
        this.servers = Servers.start();
        this.channel = new Channel(servers);
    }

    /** Starts servers and that many processes with these settings (see {@link FabricProcess#launch}). */
    static Cluster start(String name, int count, Map<String, String> settings) {
        Cluster cluster = new Cluster(name, settings);
        try {
            cluster.processes.addAll(
                    FabricProcess.startAll(count, cluster.name, cluster.servers, cluster.tokens, settings));
            return cluster;
        } catch (RuntimeException | Error e) {
            cluster.close();
            throw e;
        }
    }

    /**
     * Starts servers, applies the migrations with the all-in-one, and starts a process of each of these builds (see {@link
     * Builds#of}), in their order.
     */
    static Cluster ofFunctions(String name, List<String> functions, Map<String, String> settings) {
        functions.forEach(Builds::of);
        Cluster cluster = new Cluster(name, settings);
        try {
            cluster.migrate();
            functions.forEach(cluster::launch);
            cluster.processes.forEach(FabricProcess::awaitReady);
            return cluster;
        } catch (RuntimeException | Error e) {
            cluster.close();
            throw e;
        }
    }

    /**
     * Starts a process of the build of this function, with the keys that the chart for trying out gives it, and does not wait
     * until it is ready.
     */
    void launch(String function) {
        launch(function, name + "-" + function, TokenIssuers.toTryOut().contains(function), Map.of());
    }

    /** Starts one more process of the build of this function, with a private key or without, and waits until it is ready. */
    FabricProcess add(String function, boolean issuesTokens) {
        return add(function, issuesTokens, Map.of());
    }

    /** The same, with these settings besides. */
    FabricProcess add(String function, boolean issuesTokens, Map<String, String> more) {
        launch(function, name + "-" + function + "-" + processes.size(), issuesTokens, more);
        return processes.getLast().awaitReady();
    }

    private void launch(String function, String log, boolean issuesTokens, Map<String, String> more) {
        Map<String, String> all = new HashMap<>(servers.settings());
        all.putAll(issuesTokens ? tokens.settings() : tokens.settingsWithoutPrivateKey());
        all.putAll(settings);
        all.putAll(more);
        processes.add(FabricProcess.launch(log, Builds.of(function), all));
    }

    private void migrate() {
        try (FabricProcess job = FabricProcess.launch(
                name + "-migrate", Builds.of("all"), all(Map.of(FabricProcess.ARGUMENT, "migrate")))) {
            assertThat(job.awaitEnd()).as(job.log()).isZero();
        }
    }

    private Map<String, String> all(Map<String, String> more) {
        Map<String, String> all = new HashMap<>(servers.settings());
        all.putAll(tokens.settings());
        all.putAll(settings);
        all.putAll(more);
        return all;
    }

    /** Starts one more process, with these settings besides. */
    FabricProcess add(Map<String, String> more) {
        Map<String, String> all = new HashMap<>(settings);
        all.putAll(more);
        FabricProcess added = FabricProcess.start(name + "-" + (processes.size() + 1), servers, tokens, all);
        processes.add(added);
        return added;
    }

    /** Starts a process that was killed again, on its port, and does not wait until it is ready. */
    FabricProcess again(int index) {
        FabricProcess next = processes.get(index).again();
        processes.set(index, next);
        return next;
    }

    FabricProcess process(int index) {
        return processes.get(index);
    }

    int size() {
        return processes.size();
    }

    Api api(int index) {
        return processes.get(index).api();
    }

    /** Any of them, dead or alive. */
    Api any() {
        return api(ThreadLocalRandom.current().nextInt(processes.size()));
    }

    Servers servers() {
        return servers;
    }

    Channel channel() {
        return channel;
    }

    /** The token of an operator of everything. */
    String operator() {
        return tokens.operatorToken();
    }

    /** The one number that this query answers with; 0 for none. */
    double number(String sql, Object... parameters) {
        List<String> rows = texts("SELECT coalesce((" + sql + "), 0)::text", parameters);
        return Double.parseDouble(rows.getFirst());
    }

    /** Like {@link #number}, for what is counted. */
    long count(String sql, Object... parameters) {
        return Math.round(number(sql, parameters));
    }

    /** The first column of what this query answers with. */
    List<String> texts(String sql, Object... parameters) {
        try (Connection connection = servers.connect();
                PreparedStatement statement = prepared(connection, sql, parameters);
                ResultSet rows = statement.executeQuery()) {
            List<String> texts = new ArrayList<>();
            while (rows.next()) {
                texts.add(rows.getString(1));
            }
            return texts;
        } catch (SQLException e) {
            throw new IllegalStateException(sql, e);
        }
    }

    /** Changes rows. */
    void update(String sql, Object... parameters) {
        try (Connection connection = servers.connect();
                PreparedStatement statement = prepared(connection, sql, parameters)) {
            statement.execute();
        } catch (SQLException e) {
            throw new IllegalStateException(sql, e);
        }
    }

    private static PreparedStatement prepared(Connection connection, String sql, Object... parameters)
            throws SQLException {
        PreparedStatement statement = connection.prepareStatement(sql);
        for (int i = 0; i < parameters.length; i++) {
            statement.setObject(i + 1, parameters[i]);
        }
        return statement;
    }

    /** No process has logged an error: whatever was done to it was foreseen. */
    void assertNoErrors() {
        assertThat(processes)
                .allSatisfy(process -> assertThat(ERROR.matcher(process.log())
                                .results()
                                .map(error -> error.group())
                                .limit(3)
                                .toList())
                        .as("errors in the log of %s", process.url())
                        .isEmpty());
    }

    /** How many events of this type the budget has taken in. */
    long handledFacts(String type) {
        return count(
                "SELECT count(*) FROM bus_event e JOIN bus_inbox i ON i.day = e.day AND i.event = e.id"
                        + " AND i.function = 'budget' WHERE e.type = ?",
                type);
    }

    /** Whether nothing is on its way to the function any more. */
    boolean hasHeardAll(String function) {
        return count(
                        "SELECT count(*) FROM bus_event e JOIN bus_subscription s ON s.type = e.type AND s.active"
                                + " AND s.function = ? WHERE NOT EXISTS (SELECT FROM bus_inbox i WHERE i.day = e.day"
                                + " AND i.event = e.id AND i.function = s.function)",
                        function)
                == 0;
    }

    long deadLetters() {
        return count("SELECT count(*) FROM bus_dead_letter");
    }

    /** Ends the processes, then the servers. */
    @Override
    public void close() {
        processes.forEach(FabricProcess::close);
        channel.close();
        servers.close();
    }
}
