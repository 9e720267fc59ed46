package io.infrafabric.budget;

import io.infrafabric.budget.Account.Figures;
import io.infrafabric.budget.TreeTable.Alone;
import io.infrafabric.bus.Lock;
import io.infrafabric.bus.Locks;
import io.infrafabric.bus.Rows;
import io.infrafabric.bus.Work;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.enterprise.context.ApplicationScoped;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Changes the tree of accounts: makes and moves them, and sets limits. A change is exclusive: it takes alone the lock
 * that all bookings share. So when an account gets a limit, the sums below it are complete, including holds that are
 * just being placed. This pauses everybody for one short transaction, and operators do it rarely.
 */
@ApplicationScoped
public class AccountTree {
    private static final String SUMS = AccountTable.READ.formatted("");

    private static final String LEVELS = "SELECT max(cardinality(s.path)) - cardinality(a.path) + 1 AS levels"
            + " FROM budget_account a JOIN budget_account s ON s.path @> ARRAY[a.id] WHERE a.id = $1"
            + " GROUP BY a.id";

    private static final String INSERT = """
            INSERT INTO budget_account (id, parent, path, warn_at, daily_limit)
            SELECT i.id, p.id, coalesce(p.path, '{}') || i.id, $3::text::numeric, $4::text::numeric
              FROM unnest($1::text[], $2::text[]) AS i(id, parent) LEFT JOIN budget_account p ON p.id = i.parent
             ORDER BY i.id ON CONFLICT (id) DO NOTHING
            """;

    // The account itself, and all below it.
    private static final String MOVE = """
            UPDATE budget_account s
               SET path = $2::text[] || s.path[$3::int + 1:], parent = CASE WHEN s.id = $1 THEN $4 ELSE s.parent END
             WHERE s.path @> ARRAY[$1::text]
            """;

    // Sessions whose account is missing, or in another swarm.
    private static final String AMISS = """
            SELECT i.session, a.id IS NOT NULL AS moves, a.daily_limit,
                   CASE WHEN a.day >= (now() AT TIME ZONE 'UTC')::date THEN a.allowance ELSE 0 END AS allowance,
                   EXISTS (SELECT FROM unnest(a.path) AS u(id) WHERE u.id LIKE 'swarm:%') AS was_anothers
              FROM unnest($1::text[], $2::text[]) AS i(session, swarm)
              LEFT JOIN budget_account a ON a.id = 'session:' || i.session
             WHERE a.id IS NULL OR NOT a.path @> ARRAY['swarm:' || i.swarm]
            """;

    /**
     * The wanted state of an account; {@code null} leaves a part as it is.
     *
     * @param limited whether {@code limit} applies; then {@code null} means no limit
     * @param plain whether today's allowance above the limit is taken back
     */
    record Wish(
            String account,
            String parent,
            boolean limited,
            BigDecimal limit,
            BigDecimal warnAt,
            String by,
            boolean plain) {
        /** A wish that leaves allowances as they are. */
        Wish(String account, String parent, boolean limited, BigDecimal limit, BigDecimal warnAt, String by) {
            this(account, parent, limited, limit, warnAt, by, false);
        }
    }

    /** The result of a wish. */
    sealed interface Changed {
        /** The account has the wanted state. */
        record Stored() implements Changed {}

        /** The account cannot stand there. */
        record Refused(Tree.Verdict why, String parent) implements Changed {}

        /** The account does not exist. */
        record Unknown(String account) implements Changed {}
    }

    private final AccountTable accounts;
    private final LedgerTable ledger;
    private final BudgetConfig config;

    public AccountTree(AccountTable accounts, LedgerTable ledger, BudgetConfig config) {
        this.accounts = accounts;
        this.ledger = ledger;
        this.config = config;
    }

    /**
     * Makes missing accounts of sessions in their swarms; an account in another swarm moves. What was spent and is held
     * moves along. A limit above the usual one does not, nor does today's allowance, because the other swarm's operator
     * may have set them.
     */
    public Uni<Void> open(Work work, Map<String, String> swarms) {
        Map<String, String> sorted = new TreeMap<>(swarms);
        return work.connection()
                .preparedQuery(AMISS)
                .execute(Tuple.of(
                        sorted.keySet().toArray(String[]::new), sorted.values().toArray(String[]::new)))
                .chain(rows -> {
                    Map<String, String> missing = new TreeMap<>();
                    Map<String, Wish> moving = new TreeMap<>();
                    for (Row row : rows) {
                        String session = row.getString("session");
                        if (row.getBoolean("moves")) {
                            moving.put(session, move(row, swarms.get(session)));
                        } else {
                            missing.put(session, swarms.get(session));
                        }
                    }
                    if (missing.isEmpty() && moving.isEmpty()) {
                        return Uni.createFrom().voidItem();
                    }
                    return moving.isEmpty()
                            ? TreeTable.share(work).take().chain(shared -> make(work, shared, sorted))
                            : TreeTable.alone(work)
                                    .take()
                                    .chain(alone ->
                                            make(work, alone, sorted).chain(() -> move(work, alone, moving.values())));
                });
    }

    private Uni<Void> move(Work work, Alone alone, Collection<Wish> wishes) {
        Uni<Void> moved = Uni.createFrom().voidItem();
        for (Wish wish : wishes) {
            moved = moved.chain(() -> change(work, alone, wish).replaceWithVoid());
        }
        return moved;
    }

    private Uni<Void> make(Work work, TreeTable.Shared locked, Map<String, String> swarms) {
        Set<String> all = new LinkedHashSet<>(swarms.values());
        return insert(work, locked, List.of(Tree.ROOT), List.of(""), null)
                .chain(() -> insert(
                        work,
                        locked,
                        all.stream().map(swarm -> "swarm:" + swarm).toList(),
                        all.stream().map(swarm -> Tree.ROOT).toList(),
                        null))
                .chain(() -> insert(
                        work,
                        locked,
                        swarms.keySet().stream().map(Purses::accountOf).toList(),
                        swarms.values().stream().map(swarm -> "swarm:" + swarm).toList(),
                        config.sessionDailyLimit()));
    }

    Uni<Void> insert(Work work, TreeTable.Shared locked, List<String> ids, List<String> parents, BigDecimal limit) {
        return work.connection()
                .preparedQuery(INSERT)
                .execute(Tuple.of(
                        ids.toArray(String[]::new),
                        parents.toArray(String[]::new),
                        Rows.text(config.warnAt()),
                        Rows.text(limit)))
                .replaceWithVoid();
    }

    private Wish move(Row row, String swarm) {
        BigDecimal limit = row.getBigDecimal("daily_limit");
        BigDecimal usual = config.sessionDailyLimit();
        boolean lowered = row.getBoolean("was_anothers")
                && (limit == null || Money.isAbove(limit.add(row.getBigDecimal("allowance")), usual));
        return new Wish(
                Purses.accountOf(row.getString("session")),
                Purses.accountOfSwarm(swarm),
                lowered,
                !lowered ? null : limit == null ? usual : limit.min(usual),
                null,
                "coordinator",
                lowered);
    }

    /** Makes the account or changes it. A limit below what is spent is accepted, and the breaker opens. */
    Uni<Changed> change(Work work, Wish wish) {
        return TreeTable.alone(work).take().chain(alone -> change(work, alone, wish));
    }

    /**
     * Takes the tree exclusively if one of these accounts has no limit yet: for a transaction that will call
     * {@link #limit} for them.
     */
    Lock<Locks.Tree, ?> toLimit(Work work, Collection<String> ids) {
        return ids.isEmpty()
                ? Lock.none(Uni.createFrom().voidItem())
                : Lock.of(work.connection()
                        .preparedQuery(
                                "SELECT 1 FROM budget_account WHERE id = ANY($1) AND daily_limit IS NULL LIMIT 1")
                        .execute(Tuple.of(ids.toArray(String[]::new)))
                        .chain(unlimited -> unlimited.size() == 0
                                ? Uni.createFrom().voidItem()
                                : TreeTable.alone(work).take().replaceWithVoid()));
    }

    /**
     * Raises or lowers a limit. If the account has one already, only bookings there wait. If it has none,
     * {@link #toLimit} must have been called, and the transaction runs again if the limit has gone since.
     */
    Uni<Changed> limit(Work work, String account, BigDecimal limit, String by) {
        return accounts.lock(work, List.of(account)).take().chain(locked -> {
            Account before = locked.account(account);
            if (before == null) {
                return Uni.createFrom().item(new Changed.Unknown(account));
            }
            if (before.dailyLimit() == null) {
                return TreeTable.stillAlone(work)
                        .chain(alone -> change(work, alone, new Wish(account, null, true, limit, null, by)));
            }
            Journal journal = new Journal(locked);
            journal.change(account, it -> it.limited(limit, it.warnAt(), it.total(), by));
            ledger.write(work, journal);
            return Uni.createFrom().item(new Changed.Stored());
        });
    }

    private record Place(Account existing, String parent, List<String> parentPath, int levels) {}

    private Uni<Changed> change(Work work, Alone alone, Wish wish) {
        return place(work, wish).chain(place -> {
            boolean root = place.parent() == null;
            Tree.Verdict verdict = root
                    ? new Tree.Verdict.Stands(List.of(wish.account()))
                    : Tree.under(wish.account(), place.parentPath(), place.levels(), config.maxDepth());
            if (!(verdict instanceof Tree.Verdict.Stands(List<String> path))) {
                return Uni.createFrom().item(new Changed.Refused(verdict, place.parent()));
            }
            Account existing = place.existing();
            Set<String> affected = new LinkedHashSet<>(path);
            Uni<Void> stands = Uni.createFrom().voidItem();
            if (existing == null) {
                stands = insert(
                        work,
                        alone,
                        List.of(wish.account()),
                        List.of(root ? "" : place.parent()),
                        wish.account().startsWith("session:") ? config.sessionDailyLimit() : null);
            } else if (!existing.path().equals(path)) {
                affected.addAll(existing.path());
                stands = work.connection()
                        .preparedQuery(MOVE)
                        .execute(Tuple.of(
                                wish.account(),
                                path.toArray(String[]::new),
                                existing.path().size(),
                                place.parent()))
                        .replaceWithVoid();
            }
            return stands.chain(() -> sumUp(
                            work,
                            alone,
                            wish,
                            existing == null || existing.path().equals(path) ? Set.of(wish.account()) : affected))
                    .replaceWith(new Changed.Stored());
        });
    }

    /** Where the account is, and where it should be. */
    private Uni<Place> place(Work work, Wish wish) {
        return read(work, List.of(wish.account())).chain(found -> {
            Summed existing = found.get(wish.account());
            List<String> path =
                    existing == null ? List.of() : existing.account().path();
            String before = path.size() > 1 ? path.get(path.size() - 2) : null;
            String usual = existing != null || wish.account().equals(Tree.ROOT) ? before : Tree.ROOT;
            String parent = wish.parent() == null ? usual : wish.parent();
            if (parent == null) {
                return Uni.createFrom().item(new Place(existing == null ? null : existing.account(), null, null, 1));
            }
            return work.inOrder(
                            read(work, List.of(parent)),
                            work.connection().preparedQuery(LEVELS).execute(Tuple.of(wish.account())))
                    .with((parents, levels) -> new Place(
                            existing == null ? null : existing.account(),
                            parent,
                            parents.containsKey(parent)
                                    ? parents.get(parent).account().path()
                                    : null,
                            levels.size() == 0 ? 1 : levels.iterator().next().getInteger("levels")));
        });
    }

    private record Summed(Account account, Figures below, Instant now) {}

    private Uni<Map<String, Summed>> read(Work work, Collection<String> ids) {
        return work.connection()
                .preparedQuery(SUMS + " WHERE a.id = ANY($1)")
                .execute(Tuple.of(ids.toArray(String[]::new)))
                .map(rows -> {
                    Map<String, Summed> found = new HashMap<>();
                    rows.forEach(row -> found.put(
                            row.getString("id"),
                            new Summed(
                                    AccountTable.account(row),
                                    new Figures(row.getBigDecimal("below_spent"), row.getBigDecimal("below_held")),
                                    Rows.instant(row, "now"))));
                    return found;
                });
    }

    /** Computes the sums of all accounts that the change has touched, and judges them by their limits. */
    Uni<Void> sumUp(Work work, Alone alone, Wish wish, Set<String> affected) {
        return read(work, affected)
                .invoke(found -> {
                    Summed own = found.get(wish.account());
                    Journal journal = new Journal(Purses.of(
                            found.values().stream().map(Summed::account).toList(), own.now()));
                    for (String id : affected) {
                        Figures below = found.get(id).below();
                        if (id.equals(wish.account())) {
                            journal.change(
                                    id,
                                    it -> (wish.plain() ? it.withoutAllowance() : it)
                                            .limited(
                                                    wish.limited() ? wish.limit() : it.dailyLimit(),
                                                    wish.warnAt() == null ? it.warnAt() : wish.warnAt(),
                                                    below,
                                                    wish.by()));
                        } else if (found.get(id).account().dailyLimit() != null) {
                            journal.change(id, it -> it.limited(it.dailyLimit(), it.warnAt(), below, wish.by()));
                        }
                    }
                    ledger.write(work, journal);
                })
                .replaceWithVoid();
    }
}
