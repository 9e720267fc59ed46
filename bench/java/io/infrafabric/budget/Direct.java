package io.infrafabric.budget;

import io.infrafabric.budget.FreeHolds.Place;
import io.infrafabric.budget.FreeHolds.Placed;
import io.infrafabric.command.Once.Keep;
import io.infrafabric.command.Once.Reply;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Pool;
import java.math.BigDecimal;
import java.time.Duration;

/** The budget as its REST resources see it, for the bench. */
public final class Direct {
    /** So long that no hold expires while there is measuring. */
    private static final Duration TTL = Duration.ofHours(12);

    private Direct() {}

    /** Places a hold, and fails if it is refused. */
    public static Uni<Reply<?>> hold(FreeHolds holds, String account, BigDecimal amount) {
        return holds.place(new Place(account, amount, TTL, null, "bench"), Keep.nothing()).map(reply -> {
            if (reply instanceof Reply.Now<Placed>(Placed.Granted _)) {
                return reply;
            }
            throw new IllegalStateException("A hold was answered " + reply);
        });
    }

    /** What the account and all below it have spent today. */
    public static Uni<BigDecimal> spent(AccountTable accounts, Pool pool, String account) {
        return accounts.view(pool, account).map(view -> view.account().total().spent());
    }
}
