/**
 * The forward path: a route beside REST, because bodies must stream, and one HTTP client for each provider, with connections of
 * its own.
 *
 * <p>A call goes through the same steps always, and each may refuse it: who calls, which provider, may its path be called, its
 * body, a slot, its money, the provider. Until the provider's head is there, a refusal is a problem with a code, which has an
 * {@code error} besides, because the providers' own clients read that. After the head nothing can be said any more: if the answer
 * does not come to its end, neither does ours, so that no client takes half an answer for a whole one.
 */
package io.infrafabric.bulkhead.forward;
