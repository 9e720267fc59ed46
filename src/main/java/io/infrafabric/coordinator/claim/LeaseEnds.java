package io.infrafabric.coordinator.claim;

import io.infrafabric.budget.Leases;
import jakarta.enterprise.context.ApplicationScoped;

/** When claims end, for the budget's proof that no hold outlives its claim. */
@ApplicationScoped
public class LeaseEnds implements Leases {
    @Override
    public String end(String task, String epoch) {
        // A task that is not held, or held under another epoch, no longer has such a claim.
        // The lease of a task whose result is being checked has no end.
        return "coalesce((SELECT coalesce(t.lease_until, 'infinity') FROM coordinator_task t WHERE t.id = " + task
                + " AND t.epoch = " + epoch + " AND t.holder IS NOT NULL), '-infinity')";
    }
}
