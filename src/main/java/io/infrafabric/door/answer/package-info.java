/**
 * How answers are written.
 *
 * <p>{@link io.infrafabric.door.answer.Respond} makes the response from a reply: a new answer, or the one kept for the
 * same {@code Idempotency-Key}. {@link io.infrafabric.door.answer.AnswerWriter} writes an answer as the JSON text that
 * is kept. Lists are a {@link io.infrafabric.door.answer.Page} with the cursor of the next one.
 * {@link io.infrafabric.door.answer.Delivery} notices when a caller leaves before its answer.
 *
 * <p>Exceptions of frameworks become problems in {@link io.infrafabric.door.answer.ProblemMappers}, written by
 * {@link io.infrafabric.door.answer.ProblemWriter}. {@link io.infrafabric.door.answer.ErrorsPage} serves the page of
 * all codes. We considered a ready-made library (quarkus-resteasy-problem): six of our nine causes need their own
 * texts, so we would have overridden it more than used it. {@link io.infrafabric.door.answer.ApiDocument} completes the
 * OpenAPI document.
 */
package io.infrafabric.door.answer;
