package io.infrafabric.rescue;

import io.infrafabric.bus.Work;
import io.infrafabric.coordinator.session.Match;
import io.infrafabric.coordinator.session.Match.Parts;
import io.infrafabric.coordinator.session.Session;
import io.infrafabric.event.EscalationEvent.CaseRequested;
import io.infrafabric.event.EscalationEvent.CaseResolved;
import io.infrafabric.event.Trace;
import io.infrafabric.input.Check;
import io.infrafabric.rescue.Blocker.Step;
import io.infrafabric.rescue.Blocker.Verdict;
import io.infrafabric.rescue.Ranking.Fit;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;
import java.util.List;

/** Carries out a human's ruling on a case about a blocker. The caller finishes the transaction. */
@ApplicationScoped
class BlockerRulingTransaction {
    /** The result. */
    sealed interface Carried {
        /** The ruling is carried out, or needs no action any more. */
        record Done() implements Carried {}

        /** No case about a blocker has this option. */
        record NotOffered(String option) implements Carried {}
    }

    private final RescueTransaction rescue;
    private final BlockerTable blockers;
    private final RescueConfig config;

    BlockerRulingTransaction(RescueTransaction rescue, BlockerTable blockers, RescueConfig config) {
        this.rescue = rescue;
        this.blockers = blockers;
        this.config = config;
    }

    /** The blocker that the case is about. */
    static String blocker(CaseResolved ruling) {
        String subject = ruling.subject();
        return subject.startsWith(RescueTransaction.SUBJECT)
                ? subject.substring(RescueTransaction.SUBJECT.length())
                : subject;
    }

    /**
     * Carries out the ruling. {@code ASSIGN} asks the session in the parameter {@code session}, whatever its score; without
     * one, the search for rescuers starts again. {@code WITHDRAW} gives the blocker up. If the session cannot be asked, a new
     * case asks a human again. A blocker that is over stays as it is.
     */
    Uni<Carried> carryOut(Work work, Changes changes, CaseResolved ruling, Trace trace) {
        return blockers.find(work.connection(), blocker(ruling)).chain(read -> {
            Blocker blocker = read == null ? null : changes.current(read);
            if (blocker == null || !blocker.state().isOpen()) {
                return done();
            }
            return switch (ruling.option()) {
                case RescueTransaction.ASSIGN -> assign(work, changes, blocker, ruling, trace);
                case RescueTransaction.WITHDRAW -> {
                    if (blocker.withdraw(ruling.by(), changes.now()) instanceof Verdict.Done(Step step)) {
                        changes.take(blocker, step);
                        changes.look(blocker.swarm(), blocker.id());
                    }
                    yield done();
                }
                default -> Uni.createFrom().item(new Carried.NotOffered(ruling.option()));
            };
        });
    }

    private static Uni<Carried> done() {
        return Uni.createFrom().item(new Carried.Done());
    }

    private Uni<Carried> assign(Work work, Changes changes, Blocker blocker, CaseResolved ruling, Trace trace) {
        String named = ruling.parameters() == null
                ? null
                : Check.id("session", ruling.parameters().get("session"));
        if (named == null) {
            changes.look(blocker.swarm(), blocker.id());
            return done();
        }
        return rescue.look(work.connection(), blocker.swarm())
                .invoke(seen -> {
                    Candidate candidate = seen.candidates().stream()
                            .filter(one -> one.id().equals(named)
                                    && one.session().state() == Session.State.LIVE
                                    && !named.equals(blocker.session()))
                            .findFirst()
                            .orElse(null);
                    Ask before = blocker.ask(named);
                    if (candidate == null) {
                        work.emit(again(blocker, ruling, named, changes.now()), trace);
                    } else if (before == null || !before.isActive()) {
                        Parts parts = Match.score(
                                blocker.need(),
                                candidate.session(),
                                candidate.outcomes(),
                                seen.now(),
                                rescue.terms().halfLife());
                        changes.take(
                                blocker,
                                blocker.ask(
                                        List.of(new Fit(candidate, parts, parts.score())),
                                        changes.now(),
                                        config.acceptWithin()));
                    }
                })
                .replaceWith(new Carried.Done());
    }

    private static CaseRequested again(Blocker blocker, CaseResolved ruling, String named, Instant now) {
        return new CaseRequested(
                ruling.function(),
                ruling.subject(),
                ruling.swarm(),
                ruling.reason(),
                blocker.severity(),
                "Session " + named + " cannot be asked: it is no live session of the swarm that could help. Session "
                        + blocker.session() + " still cannot go on. Who should help?",
                List.of(RescueTransaction.ASSIGN, RescueTransaction.WITHDRAW),
                List.of(ruling.subject(), "case:" + ruling.caseId()),
                "after " + ruling.caseId(),
                now);
    }
}
