package io.infrafabric.consensus;

import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.IdClass;
import jakarta.persistence.Table;

/** An elector in the database. Never changes. */
@Entity
@Table(name = "consensus_elector")
@IdClass(ElectorRow.Key.class)
class ElectorRow {
    /** The decision, and the elector. */
    record Key(String decision, String session) {}

    @Id
    String decision;

    @Id
    String session;

    String provider;
    String model;

    protected ElectorRow() {}

    ElectorRow(String decision, Opening.Elector elector) {
        this.decision = decision;
        this.session = elector.session();
        this.provider = elector.provider();
        this.model = elector.model();
    }
}
