package io.infrafabric.budget;

import io.infrafabric.budget.CostTransaction.Cost;
import io.infrafabric.budget.CostTransaction.Known;
import io.infrafabric.bus.Rows;
import io.infrafabric.bus.Work;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Tuple;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Reads what booking a cost needs: the holds that costs draw on, and costs already on the ledger. */
final class CostTable {
    // The claim that the cost belongs to: the named one, or the newest that this account had of the task.
    private static final String HOLDS = """
            SELECT i.n, h.* FROM unnest($1::int[], $2::text[], $3::text[], $4::bigint[]) AS i(n, account, task, epoch),
              LATERAL (
                SELECT * FROM budget_hold h
                 WHERE h.task = i.task AND h.account = i.account
                   AND (i.epoch IS NULL OR i.epoch BETWEEN h.first_epoch AND h.epoch)
                 ORDER BY h.epoch DESC LIMIT 1) h
            """;

    private static final String KNOWN = "SELECT e.account, e.cost, e.amount FROM unnest($1::text[], $2::text[])"
            + " AS i(account, cost) JOIN budget_entry e ON e.account = i.account AND e.cost = i.cost";

    /** The holds that these costs draw on, by the number of the cost; omits costs that draw on none. */
    static Uni<Map<Integer, Hold>> holds(Work work, List<Cost> costs) {
        List<Integer> numbers = new ArrayList<>();
        for (int i = 0; i < costs.size(); i++) {
            if (costs.get(i).task() != null) {
                numbers.add(i);
            }
        }
        if (numbers.isEmpty()) {
            return Uni.createFrom().item(Map.of());
        }
        return work.connection()
                .preparedQuery(HOLDS)
                .execute(Tuple.of(
                        numbers.toArray(Integer[]::new),
                        Rows.column(numbers, n -> costs.get(n).account(), String[]::new),
                        Rows.column(numbers, n -> costs.get(n).task(), String[]::new),
                        Rows.column(numbers, n -> costs.get(n).epoch(), Long[]::new)))
                .map(rows -> {
                    Map<Integer, Hold> holds = new HashMap<>();
                    rows.forEach(row -> holds.put(row.getInteger("n"), ClaimHolds.hold(row)));
                    return holds;
                });
    }

    /** The amounts of those of the costs that are on the ledger, as a mutable map. */
    static Uni<Map<Known, BigDecimal>> known(Work work, List<Cost> costs) {
        Set<Known> ids = new HashSet<>();
        costs.stream().filter(cost -> cost.id() != null).map(Cost::known).forEach(ids::add);
        if (ids.isEmpty()) {
            return Uni.createFrom().item(new HashMap<>());
        }
        return work.connection()
                .preparedQuery(KNOWN)
                .execute(Tuple.of(
                        Rows.column(ids, Known::account, String[]::new), Rows.column(ids, Known::id, String[]::new)))
                .map(rows -> {
                    Map<Known, BigDecimal> known = new HashMap<>();
                    rows.forEach(row -> known.put(
                            new Known(row.getString("account"), row.getString("cost")), row.getBigDecimal("amount")));
                    return known;
                });
    }

    private CostTable() {}
}
