/**
 * What models cost: prices of providers' models in US dollars per million tokens, for whoever must say what a call costs or may
 * cost ({@link io.infrafabric.budget.price.Prices}).
 *
 * <h2>Where prices come from</h2>
 *
 * {@code prices/shipped.csv} has list prices of the large providers, with their source, date and licence in its head;
 * {@code bin/prices} writes it. An operator sets others with {@code PUT /budget/prices/{provider}/{model}}, from a moment on
 * that may lie in the future; they go before the shipped ones. Prices that are older than 90 days are still used, and a
 * warning says so.
 *
 * <h2>How a model is found</h2>
 *
 * By the names that a call knows, the answer's before the request's: under exactly that name; without what says where it runs
 * or which day's version it is ({@code us.anthropic.claude-sonnet-4-5-20250929-v1:0} is {@code claude-sonnet-4-5}); by the
 * longest beginning that it shares with a known family; otherwise at the dearest price of its provider. A price of nothing
 * comes of no guess: only an operator who says 0 makes something free. So a provider without any price, such as one of models
 * on one's own machines, has none ({@code How.NONE}) until somebody says it.
 *
 * <p>What a provider does not list (cached input, say) costs as much as input. A cache write that lives an hour costs twice
 * input, which is Anthropic's rule; others do not bill it.
 */
package io.infrafabric.budget.price;
