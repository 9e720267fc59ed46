package io.infrafabric.consensus;

import io.infrafabric.bus.NewestFirst;
import io.infrafabric.bus.Rows;
import io.infrafabric.consensus.Independence.Cluster;
import io.smallrye.mutiny.Uni;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.hibernate.reactive.mutiny.Mutiny;

/** The table of votes, and their count. Works in the given session. */
final class VoteTable {
    private static final String COUNT = "select v.decision, v.vote, e.provider, e.model, count(*) from VoteRow v"
            + " join ElectorRow e on e.decision = v.decision and e.session = v.session"
            + " where v.decision in :ids and v.current = true group by v.decision, v.vote, e.provider, e.model";

    private static final String SILENT = "select e.session from ElectorRow e where e.decision = :id and not exists"
            + " (select 1 from VoteRow v where v.decision = e.decision and v.session = e.session and v.current = true)"
            + " order by e.session";

    private static final String CURRENT =
            "from VoteRow v where v.decision = :id and v.current = true order by v.session";

    /** Votes so far; {@code independent} are effective independent voters among those who took a side. */
    record Counted(VoteTally tally, BigDecimal independent) {}

    /** The earlier votes that matter to a batch. */
    record Before(Set<ElectorRow.Key> electors, Map<ElectorRow.Key, VoteRow> votes) {}

    /** Counts the votes of these decisions as they are now. */
    static Uni<Map<String, Counted>> count(Mutiny.Session session, Collection<DecisionRow> decisions) {
        if (decisions.isEmpty()) {
            return Uni.createFrom().item(Map.of());
        }
        List<String> ids = decisions.stream().map(row -> row.id).toList();
        return session.createSelectionQuery(COUNT, Object[].class)
                .setParameter("ids", ids)
                .getResultList()
                .map(rows -> {
                    Map<String, Counted> counted = new HashMap<>();
                    for (DecisionRow decision : decisions) {
                        counted.put(decision.id, counted(decision, rows));
                    }
                    return counted;
                });
    }

    private static Counted counted(DecisionRow decision, List<Object[]> rows) {
        VoteTally tally = VoteTally.NONE;
        Map<Cluster, Integer> sides = new HashMap<>();
        for (Object[] row : rows) {
            if (row[0].equals(decision.id)) {
                Ballot ballot = (Ballot) row[1];
                int votes = ((Number) row[4]).intValue();
                tally = tally.and(ballot, votes);
                if (ballot != Ballot.ABSTAIN) {
                    sides.merge(Cluster.of((String) row[2], (String) row[3]), votes, Integer::sum);
                }
            }
        }
        return new Counted(tally, Independence.of(sides.values(), decision.correlation));
    }

    /** The electors who have not voted yet. */
    static Uni<List<String>> silent(Mutiny.Session session, String decision) {
        return session.createSelectionQuery(SILENT, String.class)
                .setParameter("id", decision)
                .getResultList();
    }

    /** The votes that count on a decision. */
    static Uni<List<Vote>> votes(Mutiny.Session session, String id) {
        return session.createSelectionQuery(CURRENT, VoteRow.class)
                .setParameter("id", id)
                .getResultList()
                .map(rows -> rows.stream().map(VoteRow::toVote).toList());
    }

    /** Which of these sessions may vote on these decisions, and their earlier votes. */
    static Uni<Before> before(Mutiny.Session session, Set<String> decisions, Set<String> voters) {
        return session.createSelectionQuery(
                        "from ElectorRow e where e.decision in :decisions and e.session in :voters", ElectorRow.class)
                .setParameter("decisions", decisions)
                .setParameter("voters", voters)
                .getResultList()
                .chain(electors -> session.createSelectionQuery(
                                "from VoteRow v where v.decision in :decisions and v.session in :voters"
                                        + " and v.current = true",
                                VoteRow.class)
                        .setParameter("decisions", decisions)
                        .setParameter("voters", voters)
                        .getResultList()
                        .map(votes -> {
                            Set<ElectorRow.Key> may = new HashSet<>();
                            electors.forEach(row -> may.add(new ElectorRow.Key(row.decision, row.session)));
                            Map<ElectorRow.Key, VoteRow> current = new HashMap<>();
                            votes.forEach(row -> current.put(new ElectorRow.Key(row.decision, row.session), row));
                            return new Before(may, current);
                        }));
    }

    /** One page of all votes ever cast on a decision, newest first. */
    static Uni<List<Vote>> page(Mutiny.Session session, VoteTransaction.Filter filter, int limit) {
        boolean one = filter.session() != null;
        NewestFirst page = (one ? NewestFirst.by("v.at", "v.number") : NewestFirst.by("v.at", "v.session", "v.number"))
                .only("v.decision", filter.decision())
                .only("v.session", filter.session());
        Instant at = filter.before() == null ? Rows.FOREVER : filter.before();
        String last = filter.before() == null ? "" : filter.beforeSession();
        int number = filter.before() == null ? 0 : filter.beforeNumber();
        if (one) {
            page.before(at, number);
        } else {
            page.before(at, last, number);
        }
        var selection = session.createNativeQuery(
                "select v.* from consensus_vote v where " + page.condition() + page.order(), VoteRow.class);
        page.bind(selection::setParameter);
        return selection
                .setMaxResults(limit)
                .getResultList()
                .map(rows -> rows.stream().map(VoteRow::toVote).toList());
    }

    private VoteTable() {}
}
