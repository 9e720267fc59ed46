package io.infrafabric.escalation;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.infrafabric.escalation.Case.Handling;
import io.infrafabric.escalation.Case.Matter;
import io.infrafabric.escalation.Case.Ruling;
import io.infrafabric.escalation.Case.Seen;
import io.infrafabric.escalation.Case.Withdrawal;
import io.infrafabric.escalation.Case.Wording;
import io.infrafabric.event.EscalationEvent.Severity;
import jakarta.persistence.AttributeConverter;
import jakarta.persistence.Column;
import jakarta.persistence.Convert;
import jakarta.persistence.Entity;
import jakarta.persistence.EnumType;
import jakarta.persistence.Enumerated;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import jakarta.persistence.Version;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;

/** A case in the database. Never leaves the room; {@link Case} does. */
@Entity
@Table(name = "escalation_case")
class CaseRow {
    @Id
    UUID id;

    String function;
    String subject;
    String swarm;
    String reason;

    @Enumerated(EnumType.STRING)
    @Column(columnDefinition = "text")
    Severity severity;

    String asked;
    String[] options;
    String[] evidence;
    String occurrence;

    @Column(name = "opened_at")
    Instant openedAt;

    @Column(name = "asked_at")
    Instant askedAt;

    /** What comes and goes; {@code null} in a row of an earlier release. */
    String condition;

    /** Only of a session's question. */
    Instant deadline;

    @Column(name = "on_no_answer")
    String onNoAnswer;

    int openings;

    /** When it paged last; {@code null} if it has not, or in a row of an earlier release. */
    @Column(name = "paged_at")
    Instant pagedAt;

    @Column(name = "held_until")
    Instant heldUntil;

    @Enumerated(EnumType.STRING)
    @Column(columnDefinition = "text")
    Case.State state;

    @Column(name = "acknowledged_by")
    String acknowledgedBy;

    @Column(name = "acknowledged_at")
    Instant acknowledgedAt;

    @Column(name = "resolved_by")
    String resolvedBy;

    @Column(name = "resolved_at")
    Instant resolvedAt;

    String option;

    @Convert(converter = Parameters.class)
    Map<String, String> parameters;

    String note;

    @Column(name = "withdrawn_because")
    String withdrawnBecause;

    @Column(name = "withdrawn_at")
    Instant withdrawnAt;

    @Version
    long version;

    protected CaseRow() {}

    Case toCase() {
        return new Case(
                id.toString(),
                new Matter(function, subject, swarm, reason),
                new Wording(severity, asked, List.of(options), List.of(evidence), occurrence, deadline, onNoAnswer),
                new Handling(
                        state,
                        openedAt,
                        new Seen(acknowledgedBy, acknowledgedAt),
                        new Ruling(resolvedBy, resolvedAt, option, parameters),
                        note,
                        new Withdrawal(withdrawnBecause, withdrawnAt)),
                openings,
                heldUntil,
                version);
    }

    /** Records what changes in a case. The database owns the version, which grows with the flush. */
    void become(Case now) {
        subject = now.subject();
        swarm = now.swarm();
        become(now.wording());
        become(now.handling());
        openings = now.openings();
        heldUntil = now.heldUntil();
    }

    private void become(Wording now) {
        severity = now.severity();
        asked = now.asked();
        if (!now.options().equals(List.of(options))) {
            options = now.options().toArray(String[]::new);
        }
        if (!now.evidence().equals(List.of(evidence))) {
            evidence = now.evidence().toArray(String[]::new);
        }
        occurrence = now.occurrence();
    }

    private void become(Handling now) {
        state = now.state();
        acknowledgedBy = now.seen().acknowledgedBy();
        acknowledgedAt = now.seen().acknowledgedAt();
        resolvedBy = now.ruling().resolvedBy();
        resolvedAt = now.ruling().resolvedAt();
        option = now.ruling().option();
        parameters = now.ruling().parameters();
        note = now.note();
        withdrawnBecause = now.withdrawal().withdrawnBecause();
        withdrawnAt = now.withdrawal().withdrawnAt();
    }

    /** Parameters as JSON. */
    static class Parameters implements AttributeConverter<Map<String, String>, String> {
        private static final JsonMapper JSON = new JsonMapper();

        @Override
        public String convertToDatabaseColumn(Map<String, String> parameters) {
            try {
                return parameters == null ? null : JSON.writeValueAsString(parameters);
            } catch (JsonProcessingException impossible) {
                throw new UncheckedIOException(impossible);
            }
        }

        @Override
        public Map<String, String> convertToEntityAttribute(String json) {
            try {
                return json == null ? null : JSON.readValue(json, new TypeReference<TreeMap<String, String>>() {});
            } catch (JsonProcessingException broken) {
                throw new UncheckedIOException(broken);
            }
        }
    }
}
