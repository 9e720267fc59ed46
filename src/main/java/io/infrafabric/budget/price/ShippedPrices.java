package io.infrafabric.budget.price;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;

/**
 * List prices that come with the fabric, from {@code prices/shipped.csv}.
 *
 * @param prices by provider, and there by model
 * @param books the same to look models up in, made once: every call of a model asks
 */
record ShippedPrices(
        String source, LocalDate day, NavigableMap<String, List<Price>> prices, Map<String, PriceBook> books) {
    private static final String FILE = "/prices/shipped.csv";
    private static final int COLUMNS = 9;
    private static final int RATES = 5;

    /** Other names of providers. */
    private static final Map<String, String> ALSO = Map.of(
            "bedrock", "amazon-bedrock",
            "aws", "amazon-bedrock",
            "gemini", "google",
            "vertex", "google-vertex",
            "moonshot", "moonshotai",
            "grok", "xai",
            "claude", "anthropic");

    /** Models on one's own machines: what they cost, only their operator knows. */
    private static final Set<String> LOCAL = Set.of("ollama", "vllm", "llamacpp", "lmstudio", "local");

    /** Whose models are also sold under other providers' names. */
    private static final List<String> MAKERS = List.of("anthropic", "openai", "google");

    private static final class Loaded {
        private static final ShippedPrices ALL = load();
    }

    static ShippedPrices all() {
        return Loaded.ALL;
    }

    /** The prices of a provider, which may have a name of its own that begins like a known one ({@code openai-eu}). */
    List<Price> of(String provider) {
        return prices.getOrDefault(known(provider), List.of());
    }

    /** The same to look models up in. */
    PriceBook book(String provider) {
        return books.getOrDefault(known(provider), PriceBook.EMPTY);
    }

    /** The name in the list; empty for none. */
    private String known(String provider) {
        for (String name = provider; !name.isEmpty(); name = shorter(name)) {
            String known = ALSO.getOrDefault(name, name);
            if (prices.containsKey(known)) {
                return known;
            }
        }
        return "";
    }

    /** What a model costs at its maker, if a provider without prices has one that is called exactly like it. */
    Priced atItsMaker(String provider, List<String> models) {
        for (String name = provider; !name.isEmpty(); name = shorter(name)) {
            if (LOCAL.contains(name)) {
                return Priced.NONE;
            }
        }
        return MAKERS.stream()
                .map(maker -> books.getOrDefault(maker, PriceBook.EMPTY).named(models))
                .filter(Priced::isKnown)
                .findFirst()
                .orElse(Priced.NONE);
    }

    private static String shorter(String name) {
        return name.substring(0, Math.max(0, name.lastIndexOf('-')));
    }

    private static ShippedPrices load() {
        try (InputStream file = ShippedPrices.class.getResourceAsStream(FILE)) {
            if (file == null) {
                throw new IllegalStateException(FILE + " is missing from the application");
            }
            return read(new BufferedReader(new InputStreamReader(file, StandardCharsets.UTF_8))
                    .lines()
                    .toList());
        } catch (IOException e) {
            throw new UncheckedIOException(FILE + " cannot be read", e);
        }
    }

    /** Reads the lines of the file; a broken one is a bug and throws. */
    static ShippedPrices read(List<String> lines) {
        String source = "";
        LocalDate day = null;
        NavigableMap<String, List<Price>> prices = new TreeMap<>();
        for (String line : lines) {
            if (line.startsWith("# source: ")) {
                source = line.substring("# source: ".length());
            } else if (line.startsWith("# date: ")) {
                day = LocalDate.parse(line.substring("# date: ".length()));
            } else if (!line.startsWith("#")) {
                String[] cells = line.split(",", -1);
                if (cells.length != COLUMNS) {
                    throw new IllegalStateException("not a price: " + line);
                }
                prices.computeIfAbsent(cells[0], _ -> new ArrayList<>()).add(price(cells));
            }
        }
        prices.replaceAll((_, models) -> List.copyOf(models));
        Map<String, PriceBook> books = new HashMap<>();
        prices.forEach((provider, models) -> books.put(provider, PriceBook.of(List.of(models))));
        return new ShippedPrices(source, day, Collections.unmodifiableNavigableMap(prices), Map.copyOf(books));
    }

    private static Price price(String[] cells) {
        List<PriceTier> tiers = new ArrayList<>();
        String last = cells[COLUMNS - 1];
        for (String tier : last.isEmpty() ? new String[0] : last.split(";")) {
            String[] parts = tier.split(":", -1);
            tiers.add(new PriceTier(Long.parseLong(parts[0]), rates(parts, 1)));
        }
        String most = cells[COLUMNS - 2];
        return new Price(cells[1], rates(cells, 2), List.copyOf(tiers), most.isEmpty() ? 0 : Long.parseLong(most));
    }

    private static ModelRates rates(String[] cells, int first) {
        BigDecimal[] all = new BigDecimal[RATES];
        for (int i = 0; i < RATES; i++) {
            String cell = cells[first + i];
            all[i] = cell.isEmpty() ? null : new BigDecimal(cell);
        }
        return new ModelRates(all[0], all[1], all[2], all[3], all[4]);
    }
}
