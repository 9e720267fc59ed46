package io.infrafabric.budget.price;

import io.infrafabric.budget.BudgetConfig;
import io.infrafabric.budget.price.PriceTable.SetPrice;
import io.infrafabric.bus.Work;
import io.infrafabric.command.Commands;
import io.infrafabric.command.Once;
import io.infrafabric.command.Once.Keep;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;

/** Sets prices. */
@ApplicationScoped
class PriceTransaction {
    /** A price that an operator wants to hold from then on; {@code null} is now. */
    record Wish(String provider, Price price, Instant from, String by) {}

    /** What a wish came to. */
    sealed interface Put {
        /** The price holds, from then on. */
        record Done(SetPrice set) implements Put {}

        /** The provider has as many prices as may be kept. */
        record Full(int most) implements Put {}
    }

    private final Commands commands;
    private final Prices prices;
    private final BudgetConfig config;

    PriceTransaction(Commands commands, Prices prices, BudgetConfig config) {
        this.commands = commands;
        this.prices = prices;
        this.config = config;
    }

    /** A price that already holds is left as it is, so that saying it again does nothing. */
    Uni<Put> put(Wish wish, Keep<Put> keep) {
        return commands.alone(keep, work -> put(work, wish)).map(Once::now).invoke(prices::lookAgain);
    }

    private Uni<Put> put(Work work, Wish wish) {
        String model = wish.price().model();
        return PriceTable.inTurn(work)
                .take()
                .chain(turn -> PriceTable.there(work, turn, wish.provider(), model, wish.from())
                        .chain(there -> {
                            boolean same = there != null && there.price().isSame(wish.price());
                            if (same && (wish.from() == null || wish.from().equals(there.from()))) {
                                work.nothingWritten();
                                return Uni.createFrom().item(new Put.Done(there));
                            }
                            return PriceTable.count(work, turn, wish.provider()).chain(count -> {
                                if (count >= config.maxPrices()) {
                                    work.nothingWritten();
                                    return Uni.createFrom().item(new Put.Full(config.maxPrices()));
                                }
                                return PriceTable.put(work, turn, wish.provider(), wish.price(), wish.from(), wish.by())
                                        .map(Put.Done::new);
                            });
                        }));
    }
}
