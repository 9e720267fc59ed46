package io.infrafabric.dissent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.infrafabric.fabric.Servers;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Memos that were written by a release before are found as new ones are (V501). */
class KeptMemosTest {
    private static final String MEMO = """
            INSERT INTO dissent_link VALUES (%1$d, 'MEMO', 'd-%1$d', 'harbour', '{}', 2, repeat('0', 64), repeat('%1$d', 64),
                '2026-11-0%2$d');
            INSERT INTO dissent_memo VALUES (%1$d, 'd-%1$d', 'harbour', 'Dredge?', 'PASSED', '{s-1,s-%1$d}', '{}',
                '2026-11-0%2$d');
            INSERT INTO dissent_words VALUES (%1$d, 0, to_tsvector('simple', 'dredge the harbour %1$d'));
            """;

    private static Servers servers;

    @BeforeAll
    static void memos_of_the_release_before() throws SQLException {
        servers = Servers.start();
        migrate("500");
        // The second was dated before the first: its transaction began earlier, and came to the chain later.
        change(MEMO.formatted(1, 3) + MEMO.formatted(2, 2) + MEMO.formatted(3, 4));
        migrate("latest");
    }

    @AfterAll
    static void stop() {
        servers.close();
    }

    private static void migrate(String target) {
        Map<String, String> settings = servers.settings();
        Flyway.configure()
                .dataSource("jdbc:" + settings.get("S2_POSTGRES_URL"), settings.get("S2_POSTGRES_USER"), "")
                .target(target)
                .load()
                .migrate();
    }

    private static void change(String sql) throws SQLException {
        try (Connection connection = servers.connect();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static List<String> ask(String sql) throws SQLException {
        try (Connection connection = servers.connect();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            List<String> found = new ArrayList<>();
            while (rows.next()) {
                found.add(rows.getString(1));
            }
            return found;
        }
    }

    private static List<String> found(String query) throws SQLException {
        return ask("SELECT position FROM dissent_words WHERE words @@ " + query + " ORDER BY position");
    }

    @Test
    void they_are_found_by_words_and_by_what_else_is_searched_for() throws SQLException {
        assertThat(found("'dredge'::tsquery")).containsExactly("1", "2", "3");
        assertThat(found("'dredge & ''swarm harbour'' & ''outcome PASSED'' & ''block 0'' & ''stretch 0'''::tsquery"))
                .containsExactly("1", "2", "3");
        assertThat(found("'''session s-1'''::tsquery")).containsExactly("1", "2", "3");
        assertThat(found("'''session s-2'''::tsquery")).containsExactly("2");
    }

    @Test
    void none_is_dated_before_the_one_it_follows_and_the_chain_stays_as_it_was() throws SQLException {
        assertThat(ask("SELECT at::date FROM dissent_memo ORDER BY position"))
                .containsExactly("2026-11-03", "2026-11-03", "2026-11-04");
        assertThat(ask("SELECT at::date FROM dissent_link ORDER BY position"))
                .containsExactly("2026-11-03", "2026-11-02", "2026-11-04");
    }

    @Test
    void they_can_still_not_be_changed() {
        for (String table : List.of("dissent_memo", "dissent_words")) {
            assertThatThrownBy(() -> change("UPDATE " + table + " SET position = position"))
                    .isInstanceOf(SQLException.class)
                    .hasMessageContaining("Memos are append-only");
        }
    }
}
