package io.infrafabric.consensus;

import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.IdClass;
import jakarta.persistence.Table;

/** Somebody who may vote, in the database. Never changes. */
@Entity
@Table(name = "consensus_elector")
@IdClass(ElectorRow.Key.class)
class ElectorRow {
    /** Which elector of which decision. */
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
