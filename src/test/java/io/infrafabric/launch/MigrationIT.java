package io.infrafabric.launch;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.bus.FunctionTables;
import io.infrafabric.event.Catalogue;
import io.infrafabric.fabric.FabricProcess;
import io.infrafabric.fabric.Servers;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** {@code migrate}, as the job that runs before a release. */
@Tag("proof")
class MigrationIT {

    @Test
    void makesTheSchemaAndSubscribesEveryFunctionWithPostgreSqlAlone() throws SQLException {
        try (Servers servers = Servers.start()) {
            Map<String, String> settings = new HashMap<>(servers.settings());
            settings.remove(servers.channelVariable());
            settings.put(FabricProcess.ARGUMENT, Migration.ARGUMENT);

            assertEndsInPeace(FabricProcess.launch("migrate", settings));
            assertThat(subscriptions(servers)).isEqualTo(catalogue());

            // A release later: what was unsubscribed comes back, and the rest stays.
            change(servers, "UPDATE bus_subscription SET active = false WHERE function = 'budget'");
            assertEndsInPeace(FabricProcess.launch("migrate-again", settings));
            assertThat(subscriptions(servers)).isEqualTo(catalogue());
        }
    }

    /** The server of these tests allows 200, of which 3 are kept for superusers. */
    @Test
    void itSaysWhereTheReleaseOpensMoreConnectionsThanPostgreSqlAllows() throws SQLException {
        try (Servers servers = Servers.start()) {
            Map<String, String> settings = new HashMap<>(servers.settings());
            settings.remove(servers.channelVariable());
            settings.put(FabricProcess.ARGUMENT, Migration.ARGUMENT);
            settings.put("S2_MIGRATE_CONNECTIONS", "197");
            assertEndsInPeace(FabricProcess.launch("migrate-enough", settings));

            settings.put("S2_MIGRATE_CONNECTIONS", "198");
            assertRefused(FabricProcess.launch("migrate-too-few", settings), "allows this login 197 connections");

            change(servers, "ALTER DATABASE s2 CONNECTION LIMIT 150");
            settings.put("S2_MIGRATE_CONNECTIONS", "151");
            assertRefused(FabricProcess.launch("migrate-limited", settings), "allows this login 150 connections");
        }
    }

    private static void assertRefused(FabricProcess migration, String why) {
        try (migration) {
            assertThat(migration.awaitEnd()).as(migration.log()).isEqualTo(1);
            assertThat(migration.log()).contains("The schema is complete", why).doesNotContain("Exception");
        }
    }

    @Test
    void withoutAPostgreSqlItSaysWhatItNeeds() {
        try (FabricProcess refused =
                FabricProcess.launch("migrate-refused", Map.of(FabricProcess.ARGUMENT, Migration.ARGUMENT))) {
            assertThat(refused.awaitEnd()).isEqualTo(1);
            assertThat(refused.log())
                    .contains("migrate needs the all-in-one", "S2_POSTGRES_URL")
                    .doesNotContain("Exception");
        }
    }

    private static void assertEndsInPeace(FabricProcess migration) {
        try (migration) {
            assertThat(migration.awaitEnd()).as(migration.log()).isZero();
            assertThat(migration.log().strip())
                    .startsWith("The schema is complete in ")
                    .doesNotContain("\n");
        }
    }

    private static Set<String> catalogue() {
        return Catalogue.FUNCTIONS.stream()
                .flatMap(function -> FunctionTables.typesOf(function).stream().map(type -> function + " " + type))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static Set<String> subscriptions(Servers servers) throws SQLException {
        Set<String> found = new TreeSet<>();
        try (Connection connection = servers.connect();
                Statement statement = connection.createStatement();
                ResultSet rows =
                        statement.executeQuery("SELECT function || ' ' || type FROM bus_subscription WHERE active")) {
            while (rows.next()) {
                found.add(rows.getString(1));
            }
        }
        return found;
    }

    private static void change(Servers servers, String sql) throws SQLException {
        try (Connection connection = servers.connect();
                Statement statement = connection.createStatement()) {
            statement.executeUpdate(sql);
        }
    }
}
