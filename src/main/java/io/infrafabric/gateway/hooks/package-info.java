/**
 * Hooks: agent clients call the fabric at points of their work, with their own JSON, and read the answer in their own JSON. So
 * nothing has to be installed beside an agent.
 *
 * <p>{@link io.infrafabric.gateway.hooks.AgentKind} knows what each client calls the points, its tools and its answers, and
 * {@link io.infrafabric.gateway.hooks.HookReader} reads the few members that are needed, and none of what users and tools said.
 * {@link io.infrafabric.gateway.hooks.HookRule} decides by what the session holds, what it was told, and what is new.
 * {@link io.infrafabric.gateway.hooks.ToldTable} keeps what an agent was told, so that any replica answers the next hook, and
 * {@link io.infrafabric.gateway.hooks.ConversationTable} which conversations go by the session's name, so that the end of one of two
 * agents takes nothing from the other one.
 *
 * <p>A hook must never be in the way of the agent. Whatever goes wrong on our side, and whatever takes too long, is answered with
 * nothing ({@code {}}), and the agent works on. What an agent was not told by a hook stays in its inbox.
 */
package io.infrafabric.gateway.hooks;
