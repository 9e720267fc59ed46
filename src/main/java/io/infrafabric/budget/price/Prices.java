package io.infrafabric.budget.price;

import io.infrafabric.budget.BudgetConfig;
import io.infrafabric.budget.price.PriceTable.Holding;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.SqlClient;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import org.jboss.logging.Logger;

/**
 * What models cost, for whoever books or holds money for calls. A price that an operator sets is seen within
 * {@link BudgetConfig#priceLook()} by every process.
 */
@ApplicationScoped
public class Prices {
    private static final Logger LOG = Logger.getLogger(Prices.class);
    private static final Duration OLD = Duration.ofDays(90);

    /** So that whoever makes up names of providers does not fill the memory. */
    private static final int MOST_BOOKS = 1000;

    private record Book(PriceBook prices, long readAt) {}

    private final BudgetConfig config;
    private final Map<String, Book> books = new ConcurrentHashMap<>();
    private final AtomicReference<LocalDate> warned = new AtomicReference<>();

    Prices(BudgetConfig config) {
        this.config = config;
    }

    /**
     * What calls of a model cost.
     *
     * @param client asked if the provider's prices have not been read for a while; a transaction's connection may be given
     * @param models its names, the most trusted one first: the answer's, then the request's; {@code null} is no name
     * @return the price, of {@link Priced.How#NONE} if the provider has none at all
     */
    public Uni<Priced> of(SqlClient client, String provider, List<String> models) {
        return of(client, provider, null, models);
    }

    /**
     * The same for a provider that may have any name.
     *
     * @param kin whose list prices are taken where the provider has none: a name in the list, such as {@code anthropic};
     *     {@code null} for nobody's
     */
    public Uni<Priced> of(SqlClient client, String provider, String kin, List<String> models) {
        return book(client, provider).map(book -> {
            Priced found = book.find(models);
            if (!found.isKnown()) {
                found = ShippedPrices.all().atItsMaker(provider, models);
            }
            return found.isKnown() || kin == null
                    ? found
                    : ShippedPrices.all().book(kin).find(models);
        });
    }

    private Uni<PriceBook> book(SqlClient client, String provider) {
        Book there = books.get(provider);
        if (there != null
                && System.nanoTime() - there.readAt() < config.priceLook().toNanos()) {
            return Uni.createFrom().item(there.prices());
        }
        return PriceTable.holding(client, provider).map(holding -> read(provider, holding));
    }

    private PriceBook read(String provider, Holding holding) {
        warnIfOld(holding.now());
        PriceBook prices = PriceBook.of(List.of(ShippedPrices.all().of(provider), holding.prices()));
        if (books.size() >= MOST_BOOKS) {
            books.clear();
        }
        books.put(provider, new Book(prices, System.nanoTime()));
        return prices;
    }

    /** The name of a model without path, region, maker, date and version: names that differ in these mean one price. */
    public static String plain(String model) {
        return ModelName.normalised(model);
    }

    /** Prices are read anew when somebody asks next. */
    void lookAgain() {
        books.clear();
    }

    private void warnIfOld(Instant now) {
        LocalDate today = LocalDate.ofInstant(now, ZoneOffset.UTC);
        ShippedPrices shipped = ShippedPrices.all();
        if (isOld(shipped.day(), today) && !today.equals(warned.getAndSet(today))) {
            LOG.warnf(
                    "The list prices of models that come with this version are of %s. Prices that changed since then are"
                            + " booked as they were: set them with PUT /budget/prices/{provider}/{model}, or upgrade.",
                    shipped.day());
        }
    }

    /** Whether prices of that day may no longer be what providers charge. */
    static boolean isOld(LocalDate day, LocalDate today) {
        return day.plusDays(OLD.toDays()).isBefore(today);
    }
}
