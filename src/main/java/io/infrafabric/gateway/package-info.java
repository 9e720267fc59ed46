/**
 * The gateway: how agents, people and programs outside reach the fabric in their own form.
 *
 * <p>It holds nothing of its own. Sessions, leases and money stay with the functions that keep them; what somebody does through the
 * gateway is done by their code, with their checks, and stands in their tables. So any replica serves any call, and a restart in
 * the middle of a session loses nothing.
 *
 * <p>It has doors and no channel. Its build ({@code -Dfunction=gateway}) keeps the doors and the tools of every room, and leaves out
 * what reads events; the builds of other functions leave out the gateway ({@code launch/BuildConfigSource}).
 *
 * <p>{@link io.infrafabric.gateway.InboxText} says every notice of an inbox in one line, and
 * {@link io.infrafabric.gateway.StandText} where a session stands. All ways to an agent use these two, so that it reads the same
 * words wherever it asks. Texts for agents are plain and short, because each word is paid for by every agent in every turn; what
 * others wrote is quoted in them as data.
 *
 * <p>{@code mcp} is the Model Context Protocol: the tools that a language model calls. {@code otlp} takes the costs that clients export.
 */
package io.infrafabric.gateway;
