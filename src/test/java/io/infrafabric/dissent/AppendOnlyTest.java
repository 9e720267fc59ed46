package io.infrafabric.dissent;

import static io.infrafabric.consensus.Chamber.PATIENCE;
import static io.infrafabric.consensus.Chamber.expect;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.infrafabric.consensus.Chamber;
import io.infrafabric.consensus.Chambers;
import io.quarkus.test.junit.QuarkusTest;
import io.vertx.mutiny.sqlclient.Pool;
import jakarta.inject.Inject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** That the database itself changes and deletes no memo, whoever asks it to. */
@QuarkusTest
class AppendOnlyTest {
    /** Where PostgreSQL's packages put it if it is not on the path. */
    private static final List<String> PSQL = List.of("psql", "/usr/lib/postgresql/15/bin/psql");

    @Inject
    Chambers chambers;

    @ConfigProperty(name = "quarkus.datasource.reactive.url")
    String url;

    @ConfigProperty(name = "quarkus.datasource.username")
    String user;

    @ConfigProperty(name = "quarkus.datasource.password")
    String password;

    @Inject
    Pool pool;

    private Chamber chamber;
    private String decision;

    @BeforeEach
    void a_memo() {
        chamber = chambers.of(1);
        decision = chamber.open("quorum", 1);
        expect(201, chamber.say(0, decision, "reject"));
        chamber.memo(decision);
    }

    private static List<String> statements() {
        List<String> all = new ArrayList<>();
        for (String table : List.of("dissent_link", "dissent_memo", "dissent_words")) {
            all.add("UPDATE " + table + " SET position = position");
            all.add("UPDATE " + table + " SET position = 0 WHERE position < 0");
            all.add("INSERT INTO " + table + " SELECT * FROM " + table + " ON CONFLICT ON CONSTRAINT " + table
                    + "_pkey DO UPDATE SET position = 0");
            all.add("DELETE FROM " + table);
            all.add("TRUNCATE " + table + " CASCADE");
        }
        all.add("DELETE FROM dissent_head");
        all.add("TRUNCATE dissent_head");
        return all;
    }

    private void isUnharmed() {
        assertThat(chamber.memo(decision).path("dissentingViews")).hasSize(1);
        assertThat(expect(200, chamber.api.get("/dissent/verify", chamber.operator))
                        .path("intact")
                        .asBoolean())
                .isTrue();
    }

    @Test
    void update_delete_and_truncate_fail() {
        for (String statement : statements()) {
            assertThatThrownBy(() -> pool.query(statement).execute().await().atMost(PATIENCE))
                    .as(statement)
                    .hasMessageContaining("append-only");
        }
        isUnharmed();
    }

    @Test
    void they_fail_in_psql() throws IOException, InterruptedException {
        String psql = PSQL.stream().filter(AppendOnlyTest::isThere).findFirst().orElse(null);
        assumeTrue(psql != null, "no psql here");
        for (String statement : statements()) {
            ProcessBuilder command = new ProcessBuilder(psql, "-X", "-U", user, "-d", url, "-c", statement);
            command.environment().put("PGPASSWORD", password);
            command.environment().put("LC_ALL", "C");
            Process process = command.redirectErrorStream(true).start();
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(process.waitFor()).as("%s: %s", statement, said).isEqualTo(1);
            assertThat(said).as(statement).contains("ERROR:  Memos are append-only: no ");
        }
        isUnharmed();
    }

    private static boolean isThere(String psql) {
        try {
            return new ProcessBuilder(psql, "--version")
                            .redirectErrorStream(true)
                            .start()
                            .waitFor()
                    == 0;
        } catch (IOException none) {
            return false;
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
