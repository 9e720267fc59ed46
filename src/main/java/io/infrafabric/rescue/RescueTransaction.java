package io.infrafabric.rescue;

import io.infrafabric.budget.AccountTable;
import io.infrafabric.budget.FreeHolds;
import io.infrafabric.bus.Aside;
import io.infrafabric.bus.Due;
import io.infrafabric.bus.Rows;
import io.infrafabric.bus.Subscriptions;
import io.infrafabric.bus.Work;
import io.infrafabric.coordinator.published.Capabilities;
import io.infrafabric.coordinator.published.Capabilities.Abilities;
import io.infrafabric.coordinator.session.OutcomeTable;
import io.infrafabric.coordinator.session.SessionInbox;
import io.infrafabric.event.EscalationEvent.CaseRequested;
import io.infrafabric.event.EscalationEvent.CauseEnded;
import io.infrafabric.event.RescueEvent;
import io.infrafabric.event.RescueEvent.BlockerEscalated;
import io.infrafabric.event.RescueEvent.HelpRated;
import io.infrafabric.event.Trace;
import io.infrafabric.rescue.Blocker.State;
import io.infrafabric.rescue.Blocker.Step;
import io.infrafabric.rescue.BlockerTable.Pledges;
import io.infrafabric.rescue.Notices.Notice;
import io.infrafabric.rescue.Ranking.Terms;
import io.smallrye.mutiny.Uni;
import io.vertx.core.json.JsonObject;
import io.vertx.mutiny.sqlclient.SqlClient;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * The beginning and end of every transaction of rescue. It begins by locking its swarms ({@link #begin});
 * {@link Changes} gathers its decisions; it ends ({@link #finish}) with a search for rescuers where needed, and by
 * writing and emitting everything. Sessions, accounts and holds are locked in that order, each once.
 */
@ApplicationScoped
class RescueTransaction {
    static final String SUBJECT = "blocker:";
    static final String ASSIGN = "ASSIGN";
    static final String WITHDRAW = "WITHDRAW";
    private static final String NOBODY_CAN_HELP = "NOBODY_CAN_HELP";
    static final String DUE = "look:";

    private final Aside aside;
    private final BlockerTable blockers;
    private final Capabilities capabilities;
    private final SessionInbox inboxes;
    private final OutcomeTable outcomes;
    private final AccountTable accounts;
    private final FreeHolds holds;
    private final Due due;
    private final Subscriptions subscriptions;
    private final RescueConfig config;

    RescueTransaction(
            Aside aside,
            BlockerTable blockers,
            Capabilities capabilities,
            SessionInbox inboxes,
            OutcomeTable outcomes,
            AccountTable accounts,
            FreeHolds holds,
            Due due,
            Subscriptions subscriptions,
            RescueConfig config) {
        this.aside = aside;
        this.blockers = blockers;
        this.capabilities = capabilities;
        this.inboxes = inboxes;
        this.outcomes = outcomes;
        this.accounts = accounts;
        this.holds = holds;
        this.due = due;
        this.subscriptions = subscriptions;
        this.config = config;
    }

    /** Locks the swarms. */
    Uni<Changes> begin(Work work, Collection<String> swarms) {
        return blockers.lock(work, swarms).take().map(Changes::new);
    }

    /** Looks for rescuers where necessary, writes the changes, and notifies everybody concerned. */
    Uni<Void> finish(Work work, Changes changes, Trace trace) {
        Uni<Void> looked = save(work, changes);
        for (String swarm : changes.looks().keySet()) {
            looked = looked.chain(() -> look(work, changes, swarm, new HashSet<>()));
        }
        return looked.chain(() -> tell(work, changes, trace));
    }

    private Uni<Void> save(Work work, Changes changes) {
        List<Blocker> changed = changes.changed();
        return changed.isEmpty() ? Uni.createFrom().voidItem() : blockers.save(work.connection(), changed);
    }

    /**
     * Looks for rescuers for all blockers that may have more, a batch at a time: those that have nobody come before all
     * others, so that no blocker gets a second rescuer while another needs its first.
     */
    private Uni<Void> look(Work work, Changes changes, String swarm, Set<String> seen) {
        SqlClient client = work.connection();
        int most = Math.min(config.assignBatch(), Assignment.MOST);
        return blockers.needy(
                        client, swarm, config.maxRescuers(), changes.looks().get(swarm), most, seen)
                .chain(needy -> {
                    if (needy.isEmpty()) {
                        return Uni.createFrom().voidItem();
                    }
                    seen.addAll(needy);
                    Uni<Void> asked = ask(work, changes, swarm, needy, most);
                    return needy.size() < most || seen.size() >= config.maxLooked()
                            ? asked
                            : asked.chain(() -> look(work, changes, swarm, seen));
                });
    }

    private Uni<Void> ask(Work work, Changes changes, String swarm, List<String> needy, int most) {
        SqlClient client = work.connection();
        return work.inOrder(blockers.waiting(client, swarm, most), look(client, swarm))
                .asTuple()
                .chain(read -> {
                    Set<String> ids = new HashSet<>(needy);
                    ids.addAll(read.getItem1());
                    return blockers.load(client, ids)
                            .chain(found -> planned(found, needy, read.getItem1(), read.getItem2(), changes.now())
                                    .invoke(steps -> steps.forEach((id, step) -> changes.looked(found.get(id), step))));
                })
                .chain(() -> save(work, changes));
    }

    /** Every needy blocker is ranked against the whole swarm. */
    private Uni<Map<String, Step>> planned(
            Map<String, Blocker> found, List<String> needy, List<String> waiting, Seen seen, Instant now) {
        Plan plan = new Plan(terms(), config.maxRescuers(), config.acceptWithin(), config.maxLeftOut());
        return aside.run(() -> plan.look(
                needy.stream().map(found::get).toList(),
                waiting.stream().map(found::get).toList(),
                seen.candidates(),
                now));
    }

    Terms terms() {
        return new Terms(config.minScore(), capabilities.halfLife());
    }

    /** A swarm's sessions as candidates, at this time of the database. */
    record Seen(List<Candidate> candidates, Instant now) {}

    /** Looks at a swarm; nothing is locked. */
    Uni<Seen> look(SqlClient client, String swarm) {
        return Rows.together(capabilities.crew(client, swarm), blockers.pledges(client, swarm))
                .asTuple()
                .chain(read -> {
                    List<Abilities> crew = read.getItem1().all();
                    Pledges pledges = read.getItem2();
                    return accounts.stopped(
                                    client,
                                    crew.stream().map(one -> one.session().id()).toList())
                            .map(stopped -> new Seen(
                                    crew.stream()
                                            .map(one -> candidate(one, pledges, stopped))
                                            .toList(),
                                    read.getItem1().now()));
                });
    }

    private static Candidate candidate(Abilities one, Pledges pledges, Set<String> stopped) {
        String id = one.session().id();
        return new Candidate(
                one.session(),
                one.outcomes(),
                one.leases() + pledges.active().getOrDefault(id, 0),
                pledges.blocked().contains(id),
                stopped.contains(id));
    }

    private Uni<Void> tell(Work work, Changes changes, Trace trace) {
        Map<String, Blocker> byId = new HashMap<>();
        changes.changed().forEach(blocker -> byId.put(blocker.id(), blocker));
        List<Notice> notices = new ArrayList<>(changes.notices());
        for (RescueEvent event : changes.events()) {
            work.emit(event, trace);
            Blocker blocker = byId.get(event.blocker());
            notices.addAll(Notices.of(event, blocker));
            if (event instanceof BlockerEscalated) {
                work.emit(question(blocker, changes.now()), trace);
            }
            if (event instanceof HelpRated) {
                work.last(outcomes);
            }
        }
        changes.answered().forEach(blocker -> work.emit(nobodyNeeded(blocker, changes.now()), trace));
        Set<String> told = new TreeSet<>(notices.stream().map(Notice::session).toList());
        return capabilities
                .lock(work, told)
                .take()
                .chain(() -> holds.settle(work, changes.settlements(), "rescue"))
                .chain(() -> inboxes.tell(
                        work,
                        notices.stream()
                                .map(notice -> new SessionInbox.Notice(
                                        notice.type(),
                                        notice.session(),
                                        notice.subject(),
                                        new JsonObject(notice.data()).encode()))
                                .toList()))
                .chain(() -> watch(work, changes))
                .chain(fresh -> deadlines(work, changes, fresh));
    }

    /**
     * While a swarm has open blockers, rescue watches it, to hear when a session becomes free and when a blocker's task
     * is over. Gives the swarms that were not watched before.
     */
    private Uni<Set<String>> watch(Work work, Changes changes) {
        Set<String> begun = new TreeSet<>();
        Set<String> ended = new TreeSet<>();
        changes.changed().forEach(blocker -> (blocker.state().isOpen() ? begun : ended).add(blocker.swarm()));
        Uni<Set<String>> watched =
                begun.isEmpty() ? Uni.createFrom().item(Set.of()) : subscriptions.watch(work, "rescue", begun);
        ended.removeAll(begun);
        return ended.isEmpty()
                ? watched
                : watched.call(() -> blockers.withOpen(work.connection(), ended)
                        .invoke(ended::removeAll)
                        .chain(() -> {
                            Uni<Void> unwatched = Uni.createFrom().voidItem();
                            for (String swarm : ended) {
                                unwatched = unwatched.chain(() -> subscriptions.unwatch(work, "rescue", swarm));
                            }
                            return unwatched;
                        }));
    }

    /**
     * A blocker is looked at again when the first asked session runs out of time; after a while if nobody can be asked,
     * or if its task might be over unnoticed; and soon if the watch of its swarm is new, because not all processes know
     * of it at once.
     *
     * @param fresh swarms that were not watched before
     */
    private Uni<Void> deadlines(Work work, Changes changes, Set<String> fresh) {
        Map<String, Instant> at = new HashMap<>();
        List<String> over = new ArrayList<>();
        for (Blocker blocker : changes.changed()) {
            Stream<Instant> silences = blocker.asks().stream()
                    .filter(ask -> ask.state() == Ask.State.ASKED)
                    .map(Ask::until);
            Instant later = changes.now().plus(config.lookAgain());
            Instant next = blocker.state() == State.ESCALATED
                    ? later
                    : silences.min(Instant::compareTo).orElse(blocker.task() == null ? null : later);
            Instant soon = fresh.contains(blocker.swarm()) ? changes.now().plus(config.firstLook()) : next;
            if (soon == null || !blocker.state().isOpen()) {
                over.add(DUE + blocker.id());
            } else {
                at.put(DUE + blocker.id(), next == null || soon.isBefore(next) ? soon : next);
            }
        }
        return due.at(work.connection(), "rescue", at).chain(() -> due.forget(work.connection(), "rescue", over));
    }

    /** Nobody asks about an ended blocker again, so this covers questions that are still on their way, too. */
    private static CauseEnded nobodyNeeded(Blocker blocker, Instant now) {
        return blocker.state().isOpen()
                ? new CauseEnded(
                        "rescue",
                        SUBJECT + blocker.id(),
                        blocker.swarm(),
                        NOBODY_CAN_HELP,
                        "A session was asked that can help.",
                        now)
                : new CauseEnded(
                        "rescue",
                        SUBJECT + blocker.id(),
                        blocker.swarm(),
                        NOBODY_CAN_HELP,
                        "The blocker is " + blocker.state() + ", by " + blocker.endedBy() + ".",
                        null);
    }

    private static CaseRequested question(Blocker blocker, Instant now) {
        List<String> evidence = new ArrayList<>();
        evidence.add(SUBJECT + blocker.id());
        if (blocker.task() != null) {
            evidence.add("task:" + blocker.task());
        }
        evidence.add("needs domains " + blocker.domains() + " and tools " + blocker.tools());
        blocker.leftOut().stream()
                .limit(10)
                .forEach(left -> evidence.add(left.session() + ": " + left.why()
                        + (left.parts() == null ? "" : ", score " + left.parts().score())));
        return new CaseRequested(
                "rescue",
                SUBJECT + blocker.id(),
                blocker.swarm(),
                NOBODY_CAN_HELP,
                blocker.severity(),
                "Session " + blocker.session() + " cannot go on and nobody can be asked for help: \""
                        + blocker.description() + "\" Who should help?",
                List.of(ASSIGN, WITHDRAW),
                evidence,
                "v" + blocker.version(),
                now,
                "session:" + blocker.session());
    }
}
