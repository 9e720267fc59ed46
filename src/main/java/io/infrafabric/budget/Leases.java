package io.infrafabric.budget;

/**
 * Which claims stand. The coordinator knows, and implements this; the budget asks only for its proof, so that a hold
 * whose claim is over does not go unnoticed.
 */
public interface Leases {
    /**
     * SQL, for another function's statement: when the lease of a task's claim under an epoch ends; {@code -infinity} if
     * the claim has ended.
     *
     * @param task SQL, the task's id
     * @param epoch SQL, the claim's newest epoch
     */
    String end(String task, String epoch);
}
