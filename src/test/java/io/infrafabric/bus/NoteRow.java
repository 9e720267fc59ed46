package io.infrafabric.bus;

import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import jakarta.persistence.Version;
import java.time.Instant;

/** An entity of the tests alone. */
@Entity
@Table(name = "note")
class NoteRow {
    @Id
    String id;

    String text;
    String[] tags;
    Instant at;

    @Version
    long version;

    protected NoteRow() {}

    NoteRow(String id, String text, String... tags) {
        this.id = id;
        this.text = text;
        this.tags = tags;
        this.at = Instant.EPOCH;
    }
}
