package io.infrafabric.chassis.credential;

import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.SqlClient;

/** Who holds tasks, and at which epoch: a credential ends with its claim. The coordinator implements it: it keeps the claims. */
public interface ClaimEpochs {

    /**
     * A task.
     *
     * @param state its name
     * @param holder the session that holds it, {@code null} for none
     * @param live whether that session is live
     * @param epoch of the claim, or of the last one
     */
    record Standing(String swarm, String state, String holder, boolean live, long epoch) {
        /** Whether the session holds it, and is live. */
        boolean isHeldBy(String session) {
            return live && session.equals(holder);
        }
    }

    /** How the task stands; {@code null} if it does not exist. */
    Uni<Standing> of(SqlClient client, String task);
}
