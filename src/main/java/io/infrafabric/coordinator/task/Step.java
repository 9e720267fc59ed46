package io.infrafabric.coordinator.task;

import com.fasterxml.jackson.annotation.JsonIgnore;
import java.time.Instant;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/**
 * One step of a task's history, with state, epoch and attempts after it.
 *
 * @param what {@code submitted}, {@code claimed}, {@code completed}, {@code failed}, {@code released}, …
 * @param by who did it: a caller's subject, or {@code fabric}
 */
@Schema(name = "TaskStep")
public record Step(
        long version,
        String what,
        String by,
        String session,
        Task.State state,
        long epoch,
        int attempts,
        String note,
        @JsonIgnore Instant notBefore,
        Instant at) {}
