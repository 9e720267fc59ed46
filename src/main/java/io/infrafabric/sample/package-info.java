/**
 * The sample swarm: what a newcomer sees on the first start, and the shortest program that uses the fabric the way its
 * users do.
 *
 * <p>On 2025-11-12 seven AI-agent sessions worked off a board of 56 tasks and coordinated by polling a git branch every
 * 30 s. 19 tasks were done by more than one session. {@link io.infrafabric.sample.Sample} plays the same seven sessions
 * and the same board again, in accelerated time, through the public REST API only: this package imports nothing of
 * ours, and only {@code launch} imports it. Any program with a token can do what it does.
 *
 * <h2>What happens</h2>
 *
 * {@link io.infrafabric.sample.Sample} enrols the sessions as an operator. Each session
 * ({@link io.infrafabric.sample.Agent}) has one hand for each task that it may hold, each on a virtual thread: claim
 * with a wait, work, complete. Nobody assigns anything; the sessions compete. The critical path (28 tasks with
 * dependencies) arrives as one batch, the fillers (28) one by one, so that most of them meet a waiting session. Three
 * things go wrong on purpose:
 *
 * <ul>
 *   <li>One session freezes while it holds a task. Its lease (1 s instead of minutes, to save the viewer's time) ends,
 *       somebody else does the task, and its own late completion must be refused with {@code IF_ERR_STALE_EPOCH}.
 *   <li>One attempt fails and is tried again.
 *   <li>Calls to a full or restarting server are repeated a bounded number of times.
 * </ul>
 *
 * Beside its work each session asks a model, through bulkhead ({@link io.infrafabric.sample.ModelCalls}). The models are simulated by
 * three providers that the sample starts on this machine; half way one of them stops answering. Where the fabric does not
 * forward calls to this machine, these calls are left out, and the summary says so.
 *
 * <p>Before the tasks come, the blockers of the original run are raised ({@link io.infrafabric.sample.Blockers}): rescue asks who
 * fits, they accept, and the blocked session says that they helped. For one of them nobody fits.
 *
 * After the board, {@link io.infrafabric.sample.Overload} plays one more moment of the original run: two sessions held
 * 18 of the 28 critical tasks while the others were idle, and stealing shares them out. In
 * {@link io.infrafabric.sample.Acceptance} a checker, a module that the chassis runs, refuses a result and accepts the next. At the end the seven vote on
 * the result ({@link io.infrafabric.sample.Assembly}): the one that froze objects, and its objection must stand in the
 * memo.
 *
 * <h2>What the figures mean</h2>
 *
 * {@link io.infrafabric.sample.Tally} notes what the API answered and when, on the clock of the client;
 * {@link io.infrafabric.sample.Summary} shows only figures that follow from that. <em>Pickup</em> is the time from
 * sending the submission, or the completion of the last dependency, to the answer of the claim that got the task,
 * counted only where that claim was sent before. <em>Held by two</em> counts tasks with two grants of which the second
 * was answered before the first can have ended. The figures of the first run after a start include a cold JVM. The play
 * does not use the times of the original run, so it compares coordination, not the speed of work.
 *
 * <h2>Where the facts come from</h2>
 *
 * {@code sample/phase0.json} ({@link io.infrafabric.sample.Board}) holds the facts from the public documents of the
 * InfraFabric project, with the source of each figure. The estimated cost is derived there: 15 USD per hour. A
 * completion reports the session's hourly cost times the estimated hours.
 *
 * <h2>How a later function joins</h2>
 *
 * A function that has something to show adds its calls where a session would make them (a step in {@code Agent}, or a
 * preparation in {@code Sample}), notes the answers in {@code Tally} and adds a line to {@code Summary}. For example
 * {@code budget}: the board costs more than the default limit of a session, so the operator sets limits before the
 * play, and the sum of the ledger stands beside the cost that the sessions reported.
 */
package io.infrafabric.sample;
