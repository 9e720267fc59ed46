package io.infrafabric.consensus;

import static io.infrafabric.consensus.Chamber.PATIENCE;

import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.RowSet;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.enterprise.context.Dependent;
import jakarta.inject.Inject;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/** Makes chambers in the fabric under test, and looks into its database. */
@Dependent
public class Chambers {
    private final String fabric;
    private final String operator;
    private final Pool pool;

    @Inject
    public Chambers(
            @ConfigProperty(name = "test.url") String fabric,
            @ConfigProperty(name = "s2.door.operator-token") Optional<String> operator,
            Pool pool) {
        this.fabric = fabric;
        // The bench, whose servers are external ones, has no such token, and this bean too.
        this.operator = operator.orElse(null);
        this.pool = pool;
    }

    /** A swarm of its own with so many members. */
    public Chamber of(int members) {
        return new Chamber(fabric, operator, members);
    }

    /** The number that a query gives. */
    public long count(String query, Object... parameters) {
        return rows(query, parameters).iterator().next().getLong(0);
    }

    /** The texts that a query gives. */
    public List<String> texts(String query, Object... parameters) {
        List<String> texts = new ArrayList<>();
        rows(query, parameters).forEach(row -> texts.add(row.getString(0)));
        return texts;
    }

    private RowSet<Row> rows(String query, Object... parameters) {
        return pool.preparedQuery(query).execute(Tuple.from(parameters)).await().atMost(PATIENCE);
    }
}
