package io.infrafabric.budget.price;

/**
 * Other prices for a whole call with more input than that.
 *
 * @param above tokens of input, those read from and written to a cache included
 */
record PriceTier(long above, ModelRates rates) {}
