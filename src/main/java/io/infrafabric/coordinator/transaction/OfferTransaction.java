package io.infrafabric.coordinator.transaction;

import io.infrafabric.budget.Purses;
import io.infrafabric.bus.Work;
import io.infrafabric.coordinator.CoordinatorConfig;
import io.infrafabric.coordinator.claim.Claiming;
import io.infrafabric.coordinator.claim.Claiming.Answer;
import io.infrafabric.coordinator.claim.Claiming.Claim;
import io.infrafabric.coordinator.claim.Claiming.Claimant;
import io.infrafabric.coordinator.claim.Claiming.Decision;
import io.infrafabric.coordinator.claim.Lane;
import io.infrafabric.coordinator.claim.LaneTable;
import io.infrafabric.coordinator.claim.Lanes;
import io.infrafabric.coordinator.claim.Lanes.Picked;
import io.infrafabric.coordinator.claim.LimitTable;
import io.infrafabric.coordinator.claim.QueueTable;
import io.infrafabric.coordinator.claim.QueueTable.Queue;
import io.infrafabric.coordinator.session.Session;
import io.infrafabric.coordinator.task.Task;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.SqlConnection;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Reads what there is for a batch of claims, and has it decided. What anybody may have is read at once; only where a queue has
 * lanes, or what was read rests for a session, there is a further look, which the rule of {@link Lanes} chooses.
 */
@ApplicationScoped
public class OfferTransaction {
    private final QueueTable queue;
    private final LaneTable lanes;
    private final CoordinatorConfig config;

    OfferTransaction(QueueTable queue, LaneTable lanes, CoordinatorConfig config) {
        this.queue = queue;
        this.lanes = lanes;
        this.config = config;
    }

    /**
     * Claims, and what decides on them but for the queues.
     *
     * @param purses what the sessions can pay, under lock
     */
    public record Batch(List<Claim> claims, Map<String, Claimant> claimants, Purses purses, Instant now) {}

    /** What was decided, and upon what. */
    public record Decided(List<Decision> decisions, Queue queue) {}

    /**
     * Decides on claims.
     *
     * @param first what was read of the queues outside lanes
     */
    public Uni<Decided> decide(Work work, Batch batch, Queue first) {
        Decided atOnce = decided(batch, first);
        List<Claim> claims = looking(batch, atOnce);
        List<Task> named = first.named().tasks().values().stream()
                .filter(task -> !task.specification().dispatch().concurrency().isEmpty())
                .toList();
        Uni<Decided> decided = claims.isEmpty() && named.isEmpty()
                ? Uni.createFrom().item(atOnce)
                : look(work, batch, first, claims, named, false).map(found -> decided(batch, found));
        return decided.chain(so -> pastWhatRests(work, batch, so, named));
    }

    /** Looks again, past what rests, for sessions that got nothing. */
    private Uni<Decided> pastWhatRests(Work work, Batch batch, Decided so, List<Task> named) {
        Set<String> rest =
                so.queue().rests().values().stream().flatMap(Set::stream).collect(Collectors.toSet());
        List<Claim> claims = new ArrayList<>();
        for (int i = 0; i < so.decisions().size(); i++) {
            Claim claim = batch.claims().get(i);
            if (claim.taskId() == null
                    && rest.contains(claim.session())
                    && so.decisions().get(i) instanceof Decision.Refuse refuse
                    && mayHaveMore(refuse.answer())) {
                claims.add(claim);
            }
        }
        return claims.isEmpty()
                ? Uni.createFrom().item(so)
                : look(work, batch, so.queue(), claims, named, true).map(found -> decided(batch, found));
    }

    private Decided decided(Batch batch, Queue read) {
        return new Decided(
                Claiming.decide(
                        batch.claims(),
                        batch.claimants(),
                        read.at(batch.now()),
                        batch.purses(),
                        Claiming.Bounds.of(config)),
                read);
    }

    /** Claims that what stands outside lanes does not decide. A session that gets a task of its own at once needs no more. */
    private static List<Claim> looking(Batch batch, Decided atOnce) {
        Queue first = atOnce.queue();
        Set<String> owners = owners(first);
        List<Claim> looking = new ArrayList<>();
        for (int i = 0; i < atOnce.decisions().size(); i++) {
            Claim claim = batch.claims().get(i);
            boolean open = switch (atOnce.decisions().get(i)) {
                case Decision.Grant grant -> grant.task().assignee() == null;
                case Decision.GiveUp _ -> false;
                case Decision.Refuse refuse -> mayHaveMore(refuse.answer());
            };
            if (open
                    && claim.taskId() == null
                    && (owners.contains(claim.session()) || first.laned().contains(claim.session()))) {
                looking.add(claim);
            }
        }
        return looking;
    }

    /** Sessions that have tasks of their own. */
    private static Set<String> owners(Queue read) {
        return read.assigned().stream().map(Task::assignee).collect(Collectors.toSet());
    }

    private static boolean mayHaveMore(Answer answer) {
        return answer instanceof Answer.Nothing
                || (answer instanceof Answer.Unpaid(Purses.Verdict.Refused why)
                        && why.why() == Purses.Refusal.EXCEEDED);
    }

    private Uni<Queue> look(Work work, Batch batch, Queue read, List<Claim> claims, List<Task> named, boolean resting) {
        SqlConnection connection = work.connection();
        List<String> sessions = claims.stream().map(Claim::session).toList();
        List<Session> looking =
                sessions.stream().map(id -> batch.claimants().get(id).session()).toList();
        return lanes(connection, batch, read, claims)
                .chain(all -> LimitTable.look(connection, Lanes.forAny(all, looking))
                        .take()
                        .chain(limits -> {
                            Lanes rule = new Lanes(
                                    all,
                                    read.outcomes(),
                                    batch.purses(),
                                    limits,
                                    new Lanes.Bounds(batch.now(), config.outcomeHalfLife(), resting));
                            Picked picked = rule.pick(claims, batch.claimants());
                            return work.inOrder(
                                            LimitTable.lockKeys(connection, picked.looks(), named),
                                            lanes.heads(connection, picked.looks(), sessions),
                                            queue.rested(connection, resting ? sessions : List.of()))
                                    .with((keys, heads, rested) -> {
                                        List<Row> found = new ArrayList<>(heads);
                                        found.addAll(rested);
                                        return read.with(found, picked.seen().under(keys));
                                    });
                        }));
    }

    /** The lanes of these claims' swarms, and of what is for their sessions alone. */
    private Uni<List<Lane>> lanes(SqlConnection connection, Batch batch, Queue read, List<Claim> claims) {
        Set<String> owners = owners(read);
        Set<String> swarms = new TreeSet<>();
        Uni<List<Lane>> all = Uni.createFrom().item(() -> new ArrayList<>());
        for (Claim claim : claims) {
            String swarm = batch.claimants().get(claim.session()).session().swarm();
            if (read.laned().contains(claim.session())) {
                swarms.add(swarm);
            }
            if (owners.contains(claim.session())) {
                all = all.chain(some -> lanes.own(connection, claim.session(), swarm)
                        .invoke(some::addAll)
                        .replaceWith(some));
            }
        }
        for (String swarm : swarms) {
            all = all.chain(
                    some -> lanes.common(connection, swarm).invoke(some::addAll).replaceWith(some));
        }
        return all;
    }
}
