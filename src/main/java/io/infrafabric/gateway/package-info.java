/**
 * The gateway: how agents, people and programs outside reach the fabric in their own form. Sessions, leases and money stay with
 * the functions that keep them; this room calls what they publish.
 *
 * <p>{@link io.infrafabric.gateway.InboxText} says every notice of an inbox in one line, and
 * {@link io.infrafabric.gateway.StandText} where a session stands. All ways to an agent use these two, so that it reads the same
 * words wherever it asks.
 */
package io.infrafabric.gateway;
