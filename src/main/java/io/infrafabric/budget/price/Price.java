package io.infrafabric.budget.price;

import java.util.List;

/**
 * What a model costs.
 *
 * @param tiers by the size of the input, ascending
 * @param maxOutput the most tokens that it answers with, 0 if that is not known
 */
record Price(String model, ModelRates rates, List<PriceTier> tiers, long maxOutput) {

    boolean isSame(Price other) {
        boolean same = rates.isSame(other.rates) && tiers.size() == other.tiers.size();
        for (int i = 0; same && i < tiers.size(); i++) {
            same = tiers.get(i).above() == other.tiers.get(i).above()
                    && tiers.get(i).rates().isSame(other.tiers.get(i).rates());
        }
        return same;
    }
}
