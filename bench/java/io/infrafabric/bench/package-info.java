/**
 * What {@code bench/run} measures. Each {@code *Bench} class is one section: it puts what the product does beside a floor,
 * which is what the same servers could do at best, or beside what users would pick instead, in the same run and in turn
 * with it, so that a noisy machine spoils both alike. {@code bench/README.md} says how to read the figures.
 *
 * <p>{@link io.infrafabric.bench.Servers} is the program that starts the servers (durable commits, unlike those of the unit
 * tests); {@link io.infrafabric.bench.Ground} is how a section finds them; {@link io.infrafabric.bench.Fabric} is a real
 * process of the product with its client; {@link io.infrafabric.bench.Report} prints tables. Compiled in the Maven profile
 * {@code bench} only.
 */
package io.infrafabric.bench;
