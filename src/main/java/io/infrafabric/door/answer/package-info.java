/**
 * How answers are written.
 *
 * <p>{@link io.infrafabric.door.answer.Respond} makes the response of a reply: the answer that was worked out now, or the one that
 * was kept for the same {@code Idempotency-Key}. {@link io.infrafabric.door.answer.AnswerWriter} writes an answer as the JSON text
 * that is kept. Lists are a {@link io.infrafabric.door.answer.Page} with the cursor of the next one.
 * {@link io.infrafabric.door.answer.Delivery} notices that a caller has gone before its answer.
 *
 * <p>What frameworks throw becomes a problem in {@link io.infrafabric.door.answer.ProblemMappers}, written by
 * {@link io.infrafabric.door.answer.ProblemWriter}. {@link io.infrafabric.door.answer.ErrorsPage} serves the page of all codes. A
 * ready-made library (quarkus-resteasy-problem) was tried for size: six of our nine causes need words of their own, so it would have
 * been overruled more than used. {@link io.infrafabric.door.answer.ApiDocument} completes the OpenAPI document.
 */
package io.infrafabric.door.answer;
