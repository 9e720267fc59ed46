package io.infrafabric.coordinator;

import io.infrafabric.coordinator.Claiming.Answer;
import io.infrafabric.coordinator.Claiming.Claim;
import io.infrafabric.door.Idempotency;
import io.infrafabric.door.Once.Reply;
import io.smallrye.mutiny.Uni;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/** Where a claim that finds nothing may still get something: what is queued for others. Stealing implements it. */
public interface OtherQueues {

    /**
     * Takes a task for the claim's session from the queue of a busy one, with its lease and its hold.
     *
     * @param kept what is kept of the answer for the claim's idempotency key
     * @return {@code Stolen}; {@code Nothing} if there is nothing to take; or why the session gets nothing at all
     */
    Uni<Reply<Answer>> take(Claim claim, Function<Answer, Idempotency.Answer> kept);

    /** Which of these sessions could take something just now. A bounded look: it may leave some out. */
    Uni<Set<String>> mayTake(List<String> sessions);
}
