package io.infrafabric.budget;

/**
 * Which claims stand. The coordinator knows, and implements this; the budget asks it only for its proof, so that a hold
 * whose claim is over does not go unseen.
 */
public interface Leases {
    /**
     * SQL, a part of another function's statement: when the claim of a task under an epoch is over or would be by its lease,
     * {@code -infinity} for one that has ended.
     *
     * @param task SQL, the task's id
     * @param epoch SQL, the claim's newest epoch
     */
    String end(String task, String epoch);
}
