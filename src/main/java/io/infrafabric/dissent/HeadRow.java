package io.infrafabric.dissent;

import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;

/** The end of the chain in the database: one row. */
@Entity
@Table(name = "dissent_head")
class HeadRow {
    static final int ID = 1;

    @Id
    int id;

    long position;
    String hash;

    protected HeadRow() {}

    Chain.Head toHead() {
        return new Chain.Head(position, hash);
    }

    void become(Chain.Head head) {
        position = head.position();
        hash = head.hash();
    }
}
