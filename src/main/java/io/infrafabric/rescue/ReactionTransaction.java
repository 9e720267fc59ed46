package io.infrafabric.rescue;

import io.infrafabric.bus.Work;
import io.infrafabric.coordinator.published.Capabilities;
import io.infrafabric.coordinator.published.Holdings;
import io.infrafabric.coordinator.published.Holdings.TaskStanding;
import io.infrafabric.rescue.Blocker.Step;
import io.infrafabric.rescue.Blocker.Verdict;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;

/** Changes blockers without a call: time runs out, tasks end, sessions go. The caller finishes the transaction. */
@ApplicationScoped
class ReactionTransaction {
    private final BlockerTable blockers;
    private final Capabilities capabilities;
    private final Holdings standings;

    public ReactionTransaction(BlockerTable blockers, Capabilities capabilities, Holdings standings) {
        this.blockers = blockers;
        this.capabilities = capabilities;
        this.standings = standings;
    }

    /** The swarms of those of the blockers that exist. */
    Uni<Collection<String>> swarms(Work work, Collection<String> ids) {
        return ids.isEmpty()
                ? Uni.createFrom().item(Set.of())
                : blockers.swarms(work.connection(), ids).map(found -> found.values());
    }

    /** A due time: a session may have been silent for too long, the task may be over, or it is time to look again. */
    Uni<Void> due(Work work, Changes changes, String id) {
        return blockers.find(work.connection(), id).chain(read -> {
            if (read == null) {
                return Uni.createFrom().voidItem();
            }
            Blocker blocker = changes.current(read);
            changes.take(blocker, blocker.silent(changes.now()));
            changes.look(blocker.swarm(), id);
            return endWithTasks(work, changes, List.of(blocker));
        });
    }

    /** Tasks of these swarms are over, and so are their blockers. */
    Uni<Void> tasksOver(Work work, Changes changes, Collection<String> swarms, Collection<String> tasks) {
        return tasks.isEmpty()
                ? Uni.createFrom().voidItem()
                : blockers.about(work.connection(), swarms, tasks)
                        .chain(ids -> blockers.load(work.connection(), ids))
                        .chain(found -> endWithTasks(work, changes, found.values()));
    }

    /** Reads again how the tasks stand: one that was over may have been brought back. */
    private Uni<Void> endWithTasks(Work work, Changes changes, Collection<Blocker> about) {
        Set<String> tasks =
                about.stream().map(Blocker::task).filter(Objects::nonNull).collect(Collectors.toSet());
        return standings
                .standing(work.connection(), Set.of(), tasks, Math.max(1, tasks.size()))
                .invoke(standing -> {
                    for (Blocker read : about) {
                        Blocker blocker = changes.current(read);
                        TaskStanding task =
                                blocker.task() == null ? null : standing.tasks().get(blocker.task());
                        // Another swarm's task has no effect here, and its standing must not show.
                        if (task != null
                                && task.swarm().equals(blocker.swarm())
                                && (task.done() || task.gone())
                                && blocker.taskOver(task.done(), changes.now()) instanceof Verdict.Done(Step step)) {
                            changes.take(blocker, step);
                            changes.look(blocker.swarm(), blocker.id());
                        }
                    }
                })
                .replaceWithVoid();
    }

    /**
     * A session that is lost or has left.
     *
     * @param enrolment its enrolment at that time; 0 if unknown
     * @param at when it went
     */
    record Gone(String session, String swarm, long enrolment, Instant at) {}

    /**
     * A gone session no longer helps anybody in that swarm; a lost one that has called again by now goes on. The
     * blockers that it raised are withdrawn, because it has no claim any more and starts afresh if it comes back. If it
     * has left and is enrolled again by now, its newer blockers and requests belong to the new enrolment, and stay.
     */
    Uni<Void> gone(Work work, Changes changes, Gone gone) {
        return capabilities
                .isLive(work.connection(), gone.session(), gone.swarm(), gone.enrolment())
                .chain(live -> live
                        ? Uni.createFrom().voidItem()
                        : capabilities
                                .isLive(work.connection(), gone.session(), gone.swarm(), 0)
                                .chain(anew -> gone(work, changes, gone, anew ? gone.at() : Instant.MAX)));
    }

    /** @param asked requests up to this time end with it */
    private Uni<Void> gone(Work work, Changes changes, Gone gone, Instant asked) {
        String session = gone.session();
        return blockers.of(work.connection(), session)
                .map(swarms -> swarms.keySet().stream()
                        .filter(id -> swarms.get(id).equals(gone.swarm()))
                        .toList())
                .chain(ids -> blockers.load(work.connection(), ids))
                .invoke(found -> found.values().forEach(read -> {
                    Blocker blocker = changes.current(read);
                    if (!blocker.session().equals(session)) {
                        changes.take(blocker, blocker.gone(session, asked, changes.now()));
                        changes.look(blocker.swarm(), blocker.id());
                    } else if (!blocker.raisedAt().isAfter(gone.at())
                            && blocker.withdraw(session, changes.now()) instanceof Verdict.Done(Step step)) {
                        changes.take(blocker, step);
                        changes.look(blocker.swarm(), blocker.id());
                    }
                }))
                .replaceWithVoid();
    }
}
