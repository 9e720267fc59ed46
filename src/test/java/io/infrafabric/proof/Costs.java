package io.infrafabric.proof;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.event.BudgetEvent.CostReported;
import io.infrafabric.event.Envelope;
import io.infrafabric.fabric.Api.Answer;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Facts of one test: costs that somebody tells the budget of, all for one account without a limit. The effect of each is
 * one row of the ledger.
 */
final class Costs {
    static final String TYPE = "s2.budget.cost-reported.v1";
    private static final BigDecimal AMOUNT = new BigDecimal("0.010001");

    private final Cluster cluster;
    private final String account;
    private int told;

    private Costs(Cluster cluster, String account) {
        this.cluster = cluster;
        this.account = account;
    }

    /** Makes the account. */
    static Costs of(Cluster cluster, String swarm) {
        Costs costs = new Costs(cluster, "swarm:" + swarm);
        costs.open();
        return costs;
    }

    /** Costs of an account that is not there yet. */
    static Costs ofNobody(Cluster cluster, String swarm) {
        return new Costs(cluster, "swarm:" + swarm);
    }

    void open() {
        Answer made = cluster.api(0).put("/budget/accounts/" + account, Map.of(), cluster.operator());
        assertThat(made.status()).as("%s", made.body()).isEqualTo(200);
    }

    /** The next cost, for the outbox. It counts by the event's own id. */
    Envelope next() {
        told++;
        return OutboxRows.envelope(
                new CostReported(null, account, null, AMOUNT, null, null, null, null, null, null, null));
    }

    /** Commits that many, and leaves them to the sweep. */
    List<Envelope> commit(int count) {
        List<Envelope> envelopes =
                IntStream.range(0, count).mapToObj(number -> next()).toList();
        OutboxRows.commit(cluster, envelopes);
        return envelopes;
    }

    /** Commits that many, and publishes them right away. */
    void tell(int count) {
        OutboxRows.publish(cluster, commit(count));
    }

    int told() {
        return told;
    }

    /** How many have had their effect. */
    long booked() {
        return cluster.count("SELECT count(*) FROM budget_entry WHERE account = ?", account);
    }

    /** Every one that was told has had its effect, and has it once: by the rows, by their sum, by the balance. */
    void assertBookedOnce() {
        assertThat(booked()).isEqualTo(told);
        assertThat(cluster.count("SELECT count(DISTINCT cost) FROM budget_entry WHERE account = ?", account))
                .isEqualTo(told);
        BigDecimal sum = AMOUNT.multiply(BigDecimal.valueOf(told));
        assertThat(cluster.texts("SELECT sum(spent)::text FROM budget_entry WHERE account = ?", account))
                .singleElement()
                .satisfies(spent -> assertThat(new BigDecimal(spent)).isEqualByComparingTo(sum));
        // The first one may have been killed.
        Answer proof = cluster.api(cluster.size() - 1).get("/budget/check", cluster.operator());
        assertThat(proof.status()).as("%s", proof.body()).isEqualTo(200);
        assertThat(proof.body().path("differences"))
                .as("balances that are not the sum of the ledger")
                .isEmpty();
    }
}
