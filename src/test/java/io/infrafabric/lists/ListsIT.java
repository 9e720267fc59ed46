package io.infrafabric.lists;

import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import jakarta.enterprise.inject.Typed;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;

/** The same with a million rows beside ten, in the tables that get most rows. */
@Tag("proof")
@QuarkusTest
@TestProfile(ListsTest.Own.class)
// Quarkus makes beans of both, and whoever asks for a ListsTest means that one.
@Typed(ListsIT.class)
class ListsIT extends ListsTest {
    private static final int MANY = 1_000_000;

    /** Without what is in braces. */
    private static final Set<String> LONG = Set.of(
            "/budget/accounts/entries",
            "/coordinator/audit",
            "/coordinator/sessions/inbox",
            "/coordinator/tasks",
            "/dead-letters",
            "/relation/claims");

    /** What is loaded is read once, so nobody needs to tidy up; and others run after this. */
    @BeforeEach
    void setUp() {
        run("ALTER SYSTEM SET autovacuum = off");
        run("ALTER SYSTEM SET max_wal_size = '8GB'");
        run("SELECT pg_reload_conf()");
    }

    @Override
    int noise(String path) {
        return LONG.contains(path.replaceAll("/\\{[^}]*}", "")) ? MANY : super.noise(path);
    }
}
