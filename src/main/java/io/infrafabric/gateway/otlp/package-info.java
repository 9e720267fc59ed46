/**
 * Costs that come by themselves: agent clients export what each call of a model used, as log events of OpenTelemetry (OTLP), and this
 * takes the figures out of them.
 *
 * <pre>
 *   body -> {@code Unpacking}  gzip, with a bound
 *        -> {@code ExportReader}  one pass; keeps named attributes of each record, and passes over all else
 *        -> {@code UsageForm}  which attributes mean what, for each client
 *        -> budget's {@code ExportedCosts}  prices them, finds the claim, books once
 * </pre>
 *
 * <p>A record's id is the hash of its bytes, its time in nanoseconds included. Nothing else tells records of one call from those of
 * another: Gemini CLI's share session and prompt, Codex's differ in their time alone. So what an exporter sends again books once.
 *
 * <p>The token of the call says whose costs these are, and nothing in the body can change that. A body is taken whole or not at all:
 * what is too large, too long or no OTLP is refused before anything is booked. A record whose figures make no sense is left out,
 * and the answer counts it as {@code partialSuccess} does.
 *
 * <p>Prompts, names, paths and everything else in a record are dropped here. What goes on are numbers, a time, and the names of a
 * model and a task, if they look like such names. Metrics and traces are dropped as they come.
 */
package io.infrafabric.gateway.otlp;
