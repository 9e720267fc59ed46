package io.infrafabric.consensus;

import io.infrafabric.event.ConsensusEvent.ClosedBecause;
import io.infrafabric.input.Decimals;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.EnumType;
import jakarta.persistence.Enumerated;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import jakarta.persistence.Version;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Set;

/** A decision in the database. Never leaves the room; {@link Decision} does. */
@Entity
@Table(name = "consensus_decision")
class DecisionRow {
    @Id
    String id;

    String swarm;
    String summary;
    String rationale;
    String[] hazards;

    /** Whether disputed evidence is the only reason for {@link Hazard#CONFLICT}. */
    boolean disputed;

    int electors;
    int quorum;
    BigDecimal majority;
    BigDecimal supermajority;

    @Column(name = "closes_at")
    Instant closesAt;

    boolean sealed;
    BigDecimal correlation;

    @Column(name = "min_independent")
    BigDecimal minIndependent;

    @Column(name = "opened_by")
    String openedBy;

    @Column(name = "opened_at")
    Instant openedAt;

    @Column(name = "trace_token")
    String traceToken;

    String reopens;
    long words;

    /**
     * Since when too few electors are there to reach the quorum; {@code null} while there are enough, or once it is
     * closed.
     */
    @Column(name = "unreachable_since")
    Instant unreachableSince;

    @Enumerated(EnumType.STRING)
    @Column(columnDefinition = "text")
    Decision.State state;

    Integer approve;
    Integer reject;

    @Column(name = "abstain")
    Integer abstain;

    BigDecimal independent;

    @Enumerated(EnumType.STRING)
    @Column(columnDefinition = "text")
    Rules.Gate gate;

    @Enumerated(EnumType.STRING)
    @Column(name = "closed_because", columnDefinition = "text")
    ClosedBecause closedBecause;

    @Column(name = "closed_by")
    String closedBy;

    @Column(name = "closed_at")
    Instant closedAt;

    String option;

    @Column(name = "resolved_by")
    String resolvedBy;

    @Column(name = "resolved_note")
    String resolvedNote;

    @Column(name = "resolved_case")
    String resolvedCase;

    @Column(name = "resolved_at")
    Instant resolvedAt;

    @Version
    long version;

    protected DecisionRow() {}

    /**
     * A decision that is put to the vote again: the same question to the same electors by the same rules. Disputed
     * evidence does not count before votes cite it.
     */
    static DecisionRow again(String id, DecisionRow old, String rationale, Instant now, Instant closesAt) {
        DecisionRow again = new DecisionRow();
        again.id = id;
        again.swarm = old.swarm;
        again.summary = old.summary;
        again.rationale = rationale;
        again.hazards = old.named();
        again.electors = old.electors;
        again.quorum = old.quorum;
        again.majority = old.majority;
        again.supermajority = old.supermajority;
        again.closesAt = closesAt;
        again.sealed = old.sealed;
        again.correlation = old.correlation;
        again.minIndependent = old.minIndependent;
        again.openedBy = "dissent";
        again.openedAt = now;
        again.traceToken = old.traceToken;
        again.reopens = old.id;
        again.state = Decision.State.OPEN;
        return again;
    }

    Decision toDecision() {
        return new Decision(
                id,
                swarm,
                summary,
                rationale,
                Hazard.all(List.of(hazards)),
                new Rules(
                        quorum,
                        Decimals.plain(majority),
                        Decimals.plain(supermajority),
                        closesAt,
                        sealed,
                        Decimals.plain(correlation),
                        Decimals.plain(minIndependent)),
                electors,
                openedBy,
                openedAt,
                traceToken,
                reopens,
                state,
                state == Decision.State.OPEN
                        ? null
                        : new Decision.Count(
                                new VoteTally(approve, reject, abstain),
                                independent,
                                gate,
                                closedBecause,
                                closedBy,
                                closedAt),
                option == null
                        ? null
                        : new Decision.Resolution(option, resolvedBy, resolvedNote, resolvedCase, resolvedAt),
                version);
    }

    /** Records how it closed. The database owns the version, which grows with the flush. */
    void close(Decision.State how, Decision.Count count) {
        state = how;
        approve = count.tally().approve();
        reject = count.tally().reject();
        abstain = count.tally().abstain();
        independent = count.independent();
        gate = count.gate();
        closedBecause = count.because();
        closedBy = count.by();
        closedAt = count.at();
    }

    /**
     * Adds hazards that somebody named. Says whether one of them is new, or was due only to disputed evidence before.
     */
    boolean raise(Collection<Hazard> more) {
        Set<Hazard> all = Hazard.all(List.of(hazards));
        boolean named = disputed && more.contains(Hazard.CONFLICT);
        boolean added = all.addAll(more);
        if (added) {
            hazards = Hazard.words(all).toArray(String[]::new);
        }
        disputed &= !named;
        return added || named;
    }

    /**
     * Notes that evidence is disputed now, or no longer. Says whether that changes the hazards. Hazards that somebody
     * named stay.
     */
    boolean dispute(boolean now) {
        boolean changes = now ? !List.of(hazards).contains(Hazard.CONFLICT.word()) : disputed;
        if (changes) {
            hazards = now ? Hazard.words(with(Hazard.CONFLICT)).toArray(String[]::new) : named();
            disputed = now;
        }
        return changes;
    }

    private Set<Hazard> with(Hazard one) {
        Set<Hazard> all = Hazard.all(List.of(hazards));
        all.add(one);
        return all;
    }

    private String[] named() {
        Set<Hazard> named = Hazard.all(List.of(hazards));
        if (disputed) {
            named.remove(Hazard.CONFLICT);
        }
        return Hazard.words(named).toArray(String[]::new);
    }

    void resolve(Decision.Resolution resolution) {
        option = resolution.option();
        resolvedBy = resolution.by();
        resolvedNote = resolution.note();
        resolvedCase = resolution.caseId();
        resolvedAt = resolution.at();
    }
}
