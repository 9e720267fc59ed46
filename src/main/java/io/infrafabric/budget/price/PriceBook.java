package io.infrafabric.budget.price;

import io.infrafabric.budget.price.Priced.How;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The prices of one provider, and which of them a model has. */
final class PriceBook {
    /** A family's name has at least so many parts, as in {@code claude-sonnet}. */
    private static final int FAMILY = 2;

    /** No name is longer; what is longer is not looked at. */
    static final int LONGEST = 256;

    /** The prices of a provider that has none. */
    static final PriceBook EMPTY = of(List.of());

    private record Entry(Price price, List<String> parts) {}

    private final Map<String, Price> exact;
    private final Map<String, Entry> normalised = new HashMap<>();
    private final Price dearest;

    private PriceBook(Map<String, Price> exact) {
        this.exact = exact;
        Price most = null;
        for (Price price : exact.values()) {
            most = dearer(most, price);
            String name = ModelName.normalised(price.model());
            Entry there = normalised.get(name);
            Price known = there == null ? null : there.price();
            normalised.put(name, new Entry(dearer(known, price), ModelName.parts(name)));
        }
        dearest = most;
    }

    /** Of several lists, the later ones go before the earlier ones. */
    static PriceBook of(List<List<Price>> lists) {
        Map<String, Price> all = new TreeMap<>();
        lists.forEach(list -> list.forEach(price -> {
            Price there = all.get(price.model());
            // A price that an operator sets does not say how much the model answers.
            long most = price.maxOutput() == 0 && there != null ? there.maxOutput() : price.maxOutput();
            all.put(price.model(), new Price(price.model(), price.rates(), price.tiers(), most));
        }));
        return new PriceBook(all);
    }

    /** What a model costs that has these names, the most trusted one first. */
    Priced find(List<String> models) {
        Priced named = named(models);
        if (named.isKnown()) {
            return named;
        }
        for (String model : known(models)) {
            Price family = family(ModelName.parts(ModelName.normalised(model)));
            if (family != null) {
                return Priced.of(family, How.FAMILY);
            }
        }
        return dearest == null ? Priced.NONE : Priced.of(dearest, How.DEAREST);
    }

    /** The same without guesses. */
    Priced named(List<String> models) {
        for (String model : known(models)) {
            Price found = exact.get(model);
            if (found != null) {
                return Priced.of(found, How.EXACT);
            }
            Entry entry = normalised.get(ModelName.normalised(model));
            if (entry != null) {
                return Priced.of(entry.price(), How.NORMALISED);
            }
        }
        return Priced.NONE;
    }

    /** The longest known name that this one begins with; otherwise the dearest of those that share most of its beginning. */
    private Price family(List<String> parts) {
        Price whole = null;
        int longest = 0;
        Price akin = null;
        int most = FAMILY;
        for (Entry entry : normalised.values()) {
            int shared = ModelName.shared(parts, entry.parts());
            if (shared == entry.parts().size() && shared > longest) {
                whole = entry.price();
                longest = shared;
            }
            if (shared > most || (shared == most && akin == null)) {
                akin = entry.price();
                most = shared;
            } else if (shared == most) {
                akin = dearer(akin, entry.price());
            }
        }
        return whole == null || (akin != null && most > longest) ? akin : whole;
    }

    private static List<String> known(List<String> models) {
        List<String> known = new ArrayList<>(models.size());
        models.stream()
                .filter(model -> model != null && !model.isBlank() && model.length() <= LONGEST)
                .forEach(known::add);
        return known;
    }

    private static Price dearer(Price one, Price other) {
        return one == null || other.rates().isDearerThan(one.rates()) ? other : one;
    }
}
