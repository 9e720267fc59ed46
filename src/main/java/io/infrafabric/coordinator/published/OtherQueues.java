package io.infrafabric.coordinator.published;

import io.infrafabric.command.Once.Asked;
import io.infrafabric.command.Once.Reply;
import io.infrafabric.coordinator.claim.Claiming.Answer;
import io.infrafabric.coordinator.claim.Claiming.Claim;
import io.smallrye.mutiny.Uni;
import java.util.List;
import java.util.Set;

/** Where a claim that finds nothing may still get a task: the queues of others. Stealing implements it. */
public interface OtherQueues {

    /**
     * Takes a task for the claim's session from the queue of a busy one, with its lease and its hold.
     *
     * @return {@code Stolen}; {@code Nothing} if there is nothing to take; or why the session gets nothing at all
     */
    Uni<Reply<Answer>> take(Asked<Claim, Answer> asked);

    /** Which of these sessions could take something just now. A bounded look: it may leave some out. */
    Uni<Set<String>> mayTake(List<String> sessions);
}
