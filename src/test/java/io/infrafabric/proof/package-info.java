/**
 * The fabric's promises, tried on several real processes with one PostgreSQL and one Redis, which are killed, stopped and
 * emptied while work goes on. {@link io.infrafabric.proof.Cluster} is what is tried, {@link io.infrafabric.proof.Swarm} the
 * sessions that use it, {@link io.infrafabric.proof.Crew} sessions at work that keep a record of what they were told. What
 * is asserted is that record, compared with the tables: a promise holds for clients, not for log lines.
 *
 * <p>Short ones run in {@code ./mvnw verify}; those with the tag {@code proof} take longer and run with {@code -Pproof}.
 * {@code docs/proofs.md} says how to see them fail.
 */
package io.infrafabric.proof;
