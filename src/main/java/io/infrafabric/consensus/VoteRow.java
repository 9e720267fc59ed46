package io.infrafabric.consensus;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.EnumType;
import jakarta.persistence.Enumerated;
import jakarta.persistence.Id;
import jakarta.persistence.IdClass;
import jakarta.persistence.Table;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;

/** A vote in the database. Only {@code current} ever changes. Never leaves the room; {@link Vote} does. */
@Entity
@Table(name = "consensus_vote")
@IdClass(VoteRow.Key.class)
class VoteRow {
    /** The decision, the elector, and the number of the vote. */
    record Key(String decision, String session, int number) {}

    @Id
    String decision;

    @Id
    String session;

    @Id
    int number;

    @Enumerated(EnumType.STRING)
    @Column(columnDefinition = "text")
    Ballot vote;

    String rationale;
    BigDecimal confidence;
    String alternative;
    String[] evidence;
    String falsifier;

    @Column(name = "falsifier_due")
    Instant falsifierDue;

    Instant at;
    boolean current;

    /** Characters of all votes of the elector on the decision, up to and including this one. */
    long said;

    protected VoteRow() {}

    VoteRow(String decision, String session, int number, Vote.Words words, long saidBefore, Instant at) {
        this.decision = decision;
        this.session = session;
        this.number = number;
        this.vote = words.vote();
        this.rationale = words.rationale();
        this.confidence = words.confidence();
        this.alternative = words.alternative();
        this.evidence = words.evidence().toArray(String[]::new);
        this.falsifier = words.falsifier() == null ? null : words.falsifier().statement();
        this.falsifierDue = words.falsifier() == null ? null : words.falsifier().dueAt();
        this.at = at;
        this.current = true;
        this.said = saidBefore + words.length();
    }

    Vote toVote() {
        return new Vote(
                session,
                number,
                vote,
                rationale,
                confidence,
                alternative,
                List.of(evidence),
                falsifier == null ? null : new Vote.Falsifier(falsifier, falsifierDue),
                at,
                current);
    }
}
