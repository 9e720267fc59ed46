/**
 * A simulated swarm that calls the real rules: {@link io.infrafabric.rescue.Ranking} and
 * {@link io.infrafabric.rescue.Assignment} say who helps with a blocker, {@link io.infrafabric.stealing.Choice} says which
 * task an idle session takes from whom. Everything around them is an assumption, and stands in
 * {@link io.infrafabric.simulation.Assumptions}: when a helper is of use, what a wrong one costs, how long things take.
 *
 * <p>{@link io.infrafabric.simulation.Simulation} is the program ({@code bash bench/simulate}): it calibrates random help to
 * the seed's own example, plays {@link io.infrafabric.simulation.Help} (blockers) and
 * {@link io.infrafabric.simulation.Work} (queues) for many seeds, and writes {@code bench/SIMULATION.md}. The same seeds
 * give the same page. Time is in hours, money in US dollars.
 */
package io.infrafabric.simulation;
