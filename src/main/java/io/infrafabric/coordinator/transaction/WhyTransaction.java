package io.infrafabric.coordinator.transaction;

import io.infrafabric.bus.Transactions;
import io.infrafabric.bus.Work;
import io.infrafabric.coordinator.claim.Lane;
import io.infrafabric.coordinator.claim.LaneTable;
import io.infrafabric.coordinator.claim.Lanes;
import io.infrafabric.coordinator.claim.LimitTable;
import io.infrafabric.coordinator.claim.Reason;
import io.infrafabric.coordinator.claim.WhyNot;
import io.infrafabric.coordinator.claim.WhyNot.Asker;
import io.infrafabric.coordinator.claim.WhyNot.Counted;
import io.infrafabric.coordinator.claim.WhyNot.Crowd;
import io.infrafabric.coordinator.claim.WhyNot.Known;
import io.infrafabric.coordinator.claim.WhyNot.Place;
import io.infrafabric.coordinator.claim.WhyTable;
import io.infrafabric.coordinator.session.Session;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.SqlConnection;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.ArrayList;
import java.util.List;

/** Reads what {@link WhyNot} must know, and asks it. It locks and writes nothing. */
@ApplicationScoped
public class WhyTransaction {
    /**
     * Why a task is not held.
     *
     * @param place how many tasks the session would get before; {@code null} if no session was asked about, or the task
     *     does not stand in its queue
     */
    public record Answer(Known known, Session session, List<Reason> reasons, Place place) {}

    private final Transactions transactions;
    private final WhyTable table;
    private final LaneTable lanes;

    WhyTransaction(Transactions transactions, WhyTable table, LaneTable lanes) {
        this.transactions = transactions;
        this.table = table;
        this.lanes = lanes;
    }

    /**
     * Why this session does not hold the task, or nobody does if it is {@code null}. The answer is {@code null} if there is no
     * such task, and has no session if there is none.
     */
    public Uni<Answer> why(String task, String session) {
        return transactions.run(work -> {
            work.nothingWritten();
            return why(work, task, session);
        });
    }

    /** The same in a transaction under way. */
    public Uni<Answer> why(Work work, String task, String session) {
        SqlConnection connection = work.connection();
        return table.task(connection, task).chain(known -> {
            if (known == null) {
                return Uni.createFrom().nullItem();
            }
            if (session == null) {
                return WhyTable.crowd(connection, known.task()).chain(crowd -> why(connection, known, null, crowd));
            }
            return table.asker(connection, session, task)
                    .chain(asker -> asker == null
                                    || !asker.session()
                                            .swarm()
                                            .equals(known.task().swarm())
                            ? Uni.createFrom().item(new Answer(known, null, List.of(), null))
                            : why(connection, known, asker, null));
        });
    }

    private Uni<Answer> why(SqlConnection connection, Known known, Asker asker, Crowd crowd) {
        Session session = asker == null ? null : asker.session();
        if (!WhyNot.isInQueue(known, asker)) {
            WhyNot rule = new WhyNot(known, asker, Lanes.Limits.NONE);
            return Uni.createFrom().item(new Answer(known, session, rule.reasons(List.of(), crowd), null));
        }
        return lanes(connection, known, asker)
                .chain(all -> LimitTable.glance(connection, all)
                        .map(limits -> new WhyNot(known, asker, limits))
                        .chain(rule -> counted(connection, known, session, rule.before(all))
                                .chain(counted -> WhyTable.ripe(connection, known.task())
                                        .map(ripe -> new Answer(
                                                known,
                                                session,
                                                rule.reasons(counted, crowd),
                                                session == null ? null : rule.place(counted, ripe))))));
    }

    private Uni<List<Counted>> counted(
            SqlConnection connection, Known known, Session session, List<WhyNot.Part> before) {
        return table.count(connection, known.task().swarm(), session == null ? null : session.id(), before);
    }

    /** The lanes that may have something for the session before the task; for anybody, if no session was asked about. */
    private Uni<List<Lane>> lanes(SqlConnection connection, Known known, Asker asker) {
        String swarm = known.task().swarm();
        List<Lane> all = new ArrayList<>();
        Uni<List<Lane>> common = known.task().assignee() != null
                ? Uni.createFrom().item(List.of())
                : lanes.common(connection, swarm).map(found -> {
                    List<Lane> some = new ArrayList<>(WhyNot.plain(swarm));
                    some.addAll(asker == null ? found : Lanes.forAny(found, List.of(asker.session())));
                    return some;
                });
        Uni<List<Lane>> own = asker == null
                ? Uni.createFrom().item(List.of())
                : lanes.own(connection, asker.session().id(), swarm)
                        .map(found -> Lanes.forAny(found, List.of(asker.session())));
        return common.invoke(all::addAll).chain(() -> own).invoke(all::addAll).replaceWith(all);
    }
}
