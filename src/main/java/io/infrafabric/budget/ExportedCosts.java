package io.infrafabric.budget;

import io.infrafabric.budget.CostTransaction.Booking;
import io.infrafabric.budget.CostTransaction.Cost;
import io.infrafabric.budget.ExportTable.Place;
import io.infrafabric.budget.ExportTable.Unbooked;
import io.infrafabric.budget.ExportTable.Why;
import io.infrafabric.budget.price.Priced;
import io.infrafabric.budget.price.Prices;
import io.infrafabric.bus.GroupCommit;
import io.infrafabric.bus.Work;
import io.infrafabric.command.Commands;
import io.infrafabric.command.Once;
import io.infrafabric.command.Once.Keep;
import io.infrafabric.command.Pipeline;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Pool;
import jakarta.enterprise.context.ApplicationScoped;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Books what agents export of their calls of models. What one export tells is booked in one transaction, or nothing of it is.
 *
 * <p>A call belongs to the task that it names, if the session has claimed it; else to the claim that the session had at that time, the
 * newest one if it had several; else to the account alone. A late one draws on a claim that has ended, like every late cost. Where that
 * claim was booked with its estimate, because nothing was known when it was done, the estimate is taken back first.
 *
 * <p>It costs what the client says, else what its tokens cost by the price list. Where the list has neither the model nor its family,
 * the cost is not known: it is shown ({@code GET /budget/accounts/{account}/exports}) and not booked, because the dearest price
 * would be a guess, and 0 would be wrong. What {@code bulkhead} meters is booked there, so it is shown here and not booked again.
 */
@ApplicationScoped
public class ExportedCosts {
    private static final String WHAT = "exported by the agent";

    /** A maker that has no prices of its own: looks for the model by its exact name at all makers. */
    private static final String ANY = "other";

    /**
     * What a session exports.
     *
     * @param onlyTask the task that its token is for, {@code null} for all
     * @param metered models that the session has called through {@code bulkhead}
     */
    public record Export(String session, String onlyTask, String by, List<ModelUse> uses, Set<String> metered) {}

    /**
     * What became of it.
     *
     * @param fresh how many were not told before
     * @param refused how many cannot be booked: their time cannot be right, or the books are full
     * @param metered how many are only shown, because {@code bulkhead} books them
     * @param unknown models whose price nobody knows, as far as they have names
     * @param unpriced how many are only shown, because their price is not known
     */
    public record Taken(int fresh, int refused, int metered, Set<String> unknown, int unpriced) {}

    private record Named(String maker, String model) {}

    /** What is to be written. */
    private record Batch(String account, List<Cost> costs, List<Unbooked> unbooked) {}

    private final Pool pool;
    private final Prices prices;
    private final AccountTable accounts;
    private final CostTransaction costs;
    private final BudgetConfig config;
    private final Pipeline<Batch, Integer> booking;

    ExportedCosts(
            Commands commands,
            Pool pool,
            Prices prices,
            AccountTable accounts,
            CostTransaction costs,
            BudgetConfig config) {
        this.pool = pool;
        this.prices = prices;
        this.accounts = accounts;
        this.costs = costs;
        this.config = config;
        this.booking = commands.gathered(
                "exported costs",
                new GroupCommit.Bounds(config.commitBatch(), config.commitQueue(), config.commitParallel()),
                _ -> null,
                this::written);
    }

    /** Books an export. What was told before is passed over. */
    public Uni<Taken> take(Export export) {
        if (export.uses().isEmpty()) {
            return Uni.createFrom().item(new Taken(0, 0, 0, Set.of(), 0));
        }
        String account = Purses.accountOf(export.session());
        return priced(export.uses())
                .chain(found -> ExportTable.places(
                                pool, account, export.onlyTask(), export.uses(), config.exportClaimPast())
                        .chain(places -> book(export, account, found, places)));
    }

    private Uni<Map<Named, Priced>> priced(List<ModelUse> uses) {
        List<Named> names = uses.stream()
                .filter(use -> use.dollars() == null && use.model() != null)
                .map(use -> new Named(use.maker(), use.model()))
                .distinct()
                .toList();
        return Multi.createFrom()
                .iterable(names)
                .onItem()
                .transformToUniAndConcatenate(named -> price(named).map(price -> Map.entry(named, price)))
                .collect()
                .asMap(Map.Entry::getKey, Map.Entry::getValue);
    }

    private Uni<Priced> price(Named named) {
        List<String> models = List.of(named.model());
        return prices.of(pool, named.maker(), models)
                .chain(found -> isSure(found) ? Uni.createFrom().item(found) : prices.of(pool, ANY, models));
    }

    /** Nobody holds money for these calls, so what is only dearer than others is no price. */
    private static boolean isSure(Priced price) {
        return price.isKnown() && price.how() != Priced.How.DEAREST;
    }

    private Uni<Taken> book(Export export, String account, Map<Named, Priced> found, List<Place> places) {
        List<Cost> told = new ArrayList<>();
        List<Unbooked> unbooked = new ArrayList<>();
        Set<String> unknown = new TreeSet<>();
        Set<String> calledThere = plain(export.metered());
        Map<String, Integer> fresh = new LinkedHashMap<>();
        for (int i = 0; i < export.uses().size(); i++) {
            ModelUse use = export.uses().get(i);
            Place place = places.get(i);
            if (place.known() || fresh.putIfAbsent(use.id(), i) != null) {
                continue;
            }
            Priced price = use.model() == null ? null : found.get(new Named(use.maker(), use.model()));
            BigDecimal dollars = dollars(use, price);
            if (isMetered(use, price, calledThere)) {
                unbooked.add(new Unbooked(account, use, place, Why.METERED, dollars));
            } else if (dollars == null) {
                unbooked.add(new Unbooked(account, use, place, Why.UNKNOWN_PRICE, null));
                unknown.add(use.model() == null ? "?" : use.model());
            } else {
                told.add(cost(export, account, use, place, dollars));
            }
        }
        int metered =
                (int) unbooked.stream().filter(one -> one.why() == Why.METERED).count();
        int unpriced = unbooked.size() - metered;
        if (fresh.isEmpty()) {
            return Uni.createFrom().item(new Taken(0, 0, 0, Set.of(), 0));
        }
        return booking.submit(new Batch(account, told, unbooked), Keep.nothing())
                .map(Once::now)
                .map(refused -> new Taken(
                        fresh.size() - refused, refused, metered, Collections.unmodifiableSet(unknown), unpriced));
    }

    private static BigDecimal dollars(ModelUse use, Priced price) {
        if (use.dollars() != null) {
            return use.dollars();
        }
        return price == null || !isSure(price)
                ? null
                : price.cost(use.input(), use.output(), use.cacheRead(), use.cacheWrite(), use.cacheWrite1h())
                        .min(Money.MOST_TOLD);
    }

    private static boolean isMetered(ModelUse use, Priced price, Set<String> called) {
        return use.model() != null
                && (called.contains(Prices.plain(use.model()))
                        || (price != null
                                && price.isKnown()
                                && isSure(price)
                                && called.contains(Prices.plain(price.model()))));
    }

    private static Set<String> plain(Set<String> models) {
        Set<String> plain = new TreeSet<>();
        models.forEach(model -> plain.add(Prices.plain(model)));
        return plain;
    }

    private static Cost cost(Export export, String account, ModelUse use, Place place, BigDecimal dollars) {
        return new Cost(
                ExportTable.costId(use),
                account,
                dollars,
                place.task(),
                place.epoch(),
                use.model(),
                use.tokensIn(),
                use.output(),
                WHAT,
                use.at(),
                true,
                export.by());
    }

    private Uni<List<Integer>> written(Work work, List<Batch> batches) {
        ExportTable.add(
                work,
                batches.stream().flatMap(batch -> batch.unbooked().stream()).toList(),
                config.exportKeep());
        List<Cost> all =
                batches.stream().flatMap(batch -> batch.costs().stream()).toList();
        List<String> onlyShown = batches.stream()
                .filter(batch -> batch.costs().isEmpty())
                .map(Batch::account)
                .toList();
        if (all.isEmpty()) {
            return UnknownCosts.seen(work, onlyShown).replaceWith(Collections.nCopies(batches.size(), 0));
        }
        List<String> booked = all.stream().map(Cost::account).distinct().toList();
        // After the accounts, as everywhere.
        return costs.book(work, accounts.lockToBook(work, booked), all)
                .call(() -> UnknownCosts.seen(work, onlyShown))
                .map(refused -> refused(batches, refused));
    }

    /** How many costs of each batch were refused. One that was booked with another amount meanwhile is booked. */
    private static List<Integer> refused(List<Batch> batches, List<Booking> refused) {
        Integer[] counts = new Integer[batches.size()];
        Arrays.fill(counts, 0);
        int at = 0;
        for (int i = 0; i < batches.size(); i++) {
            for (Booking one : refused.subList(at, at + batches.get(i).costs().size())) {
                counts[i] += one == null || one instanceof Booking.Differs ? 0 : 1;
            }
            at += batches.get(i).costs().size();
        }
        return List.of(counts);
    }
}
