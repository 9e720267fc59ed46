/**
 * Events from the world: programs outside call a door of the gateway, signed with a secret that a source has, and rules make
 * commands about tasks of them. A GitHub issue with a label becomes a task, and a merged pull request completes it.
 *
 * <p>A delivery's way:
 *
 * <ol>
 *   <li>{@link io.infrafabric.gateway.source.SourceSignature} decides on the bytes as they came whether the source signed them, and by
 *       what of the signed bytes the delivery is known again. Before that, nothing in a body is read.
 *   <li>It is stored, and answered with 202. What is known already is not stored again: that is one conditional INSERT, so it holds in
 *       all processes, and for as long as deliveries are kept.
 *   <li>Rules ({@link io.infrafabric.gateway.source.SourceRule}) say what it means: those that an operator wrote
 *       ({@link io.infrafabric.gateway.source.RuleReader}), or the preset for GitHub. All that match fire, in their order.
 *   <li>Each command takes effect in one transaction with the note that it has. A process that dies in between has done
 *       neither.
 * </ol>
 *
 * <p>A source does nothing in an operator's name. It may submit tasks to its swarm; it may complete and fail only those that said so
 * when they were submitted ({@code completedBy}), and only under a claim that was there when it happened. Text from outside is data:
 * it is marked in the payload of a task, and quoted where a model reads it.
 */
package io.infrafabric.gateway.source;
