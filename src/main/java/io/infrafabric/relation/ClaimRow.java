package io.infrafabric.relation;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.json.JsonMapper;
import jakarta.persistence.AttributeConverter;
import jakarta.persistence.Column;
import jakarta.persistence.Convert;
import jakarta.persistence.Entity;
import jakarta.persistence.EnumType;
import jakarta.persistence.Enumerated;
import jakarta.persistence.GeneratedValue;
import jakarta.persistence.GenerationType;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.List;

/**
 * A version of a claim in the database. Never leaves the room; {@link Claim} does. It is inserted and read here.
 * Statements over many claims at once write what becomes of it later.
 */
@Entity
@Table(name = "relation_claim")
class ClaimRow {
    @Id
    @GeneratedValue(strategy = GenerationType.IDENTITY)
    Long node;

    String id;
    int version;
    String swarm;
    String session;

    @Column(name = "stated_by")
    String statedBy;

    String statement;
    double confidence;
    String[] includes;
    String[] excludes;
    String[] falsifiers;

    @Convert(converter = Pieces.class)
    List<Evidence> evidence;

    @Column(name = "stated_at")
    Instant statedAt;

    boolean ruling;
    double strength;

    @Enumerated(EnumType.STRING)
    @Column(columnDefinition = "text")
    Standing standing;

    boolean disputed;
    long seq;

    @Column(name = "superseded_at")
    Instant supersededAt;

    protected ClaimRow() {}

    /** A new version: nothing contradicts it yet. */
    ClaimRow(Command.State said, int version, long seq, Instant at) {
        this.id = said.id();
        this.version = version;
        this.swarm = said.swarm();
        this.session = said.session();
        this.statedBy = said.by();
        this.statement = said.statement();
        this.confidence = said.confidence();
        this.includes = said.scope().includes().toArray(String[]::new);
        this.excludes = said.scope().excludes().toArray(String[]::new);
        this.falsifiers = said.falsifiers().toArray(String[]::new);
        this.evidence = List.copyOf(said.evidence());
        this.statedAt = at;
        this.ruling = said.ruling();
        this.strength = ruling
                ? confidence
                : Strength.of(
                        confidence,
                        said.evidence().stream().map(Evidence::marks).toList());
        this.standing = Standing.ACCEPTED;
        this.seq = seq;
    }

    Claim toClaim() {
        return new Claim(
                id,
                version,
                swarm,
                session,
                statedBy,
                statement,
                confidence,
                new Scope(List.of(includes), List.of(excludes)),
                evidence,
                List.of(falsifiers),
                strength,
                standing,
                disputed,
                statedAt,
                supersededAt);
    }

    /** Evidence as JSON. */
    static class Pieces implements AttributeConverter<List<Evidence>, String> {
        private static final JsonMapper JSON = new JsonMapper();

        @Override
        public String convertToDatabaseColumn(List<Evidence> evidence) {
            try {
                return JSON.writeValueAsString(evidence);
            } catch (JsonProcessingException impossible) {
                throw new UncheckedIOException(impossible);
            }
        }

        @Override
        public List<Evidence> convertToEntityAttribute(String json) {
            try {
                return json == null ? null : JSON.readValue(json, new TypeReference<List<Evidence>>() {});
            } catch (JsonProcessingException broken) {
                throw new UncheckedIOException(broken);
            }
        }
    }
}
