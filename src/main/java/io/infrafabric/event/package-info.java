/**
 * The published language: every event that functions exchange, and the envelope it travels in.
 *
 * <p>Start with {@link io.infrafabric.event.Event}: the root of one sealed hierarchy. Each function has one sealed
 * interface below it ({@link io.infrafabric.event.CoordinatorEvent}, {@link io.infrafabric.event.EscalationEvent}),
 * whose nested records are the events, and which gives each its name on the wire. An event is written in the past
 * tense, names its entity in {@link io.infrafabric.event.Event#subject()}, and is one of two kinds:
 *
 * <ul>
 *   <li><b>state</b> ({@link io.infrafabric.event.Versioned}): carries the version of its entity. A consumer that has
 *       seen a newer version of the entity acknowledges an older one without effect.
 *   <li><b>fact</b> (every other event): applied exactly once, in any order, so the rule that applies it must commute.
 * </ul>
 *
 * {@link io.infrafabric.event.Catalogue} has all types; functions declare which of them they hear.
 * {@link io.infrafabric.event.Envelope} is a CloudEvent 1.0. Nothing here does I/O.
 */
package io.infrafabric.event;
