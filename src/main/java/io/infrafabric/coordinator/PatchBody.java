package io.infrafabric.coordinator;

import io.infrafabric.coordinator.task.Description;
import io.infrafabric.coordinator.task.Priority;
import io.infrafabric.coordinator.transaction.Operation;
import io.infrafabric.input.Check;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/** {@code PATCH /coordinator/tasks/{id}}: absent fields keep their values. */
record PatchBody(
        @Schema(examples = "P1") String priority,

        @Schema(description = "Empty for any session") String assignee,

        List<String> dependsOn,
        BigDecimal estimatedCost,

        @Schema(description = "Of a task that nobody holds; the same goes for domains and labels")
        String title,

        List<String> domains,
        Map<String, String> labels) {

    /** What an operator wishes; a problem names the field. */
    Operation.Patch check(String task, String by, CoordinatorConfig config) {
        Description description = new Description(
                Check.text("title", title, CoordinatorBodies.TITLE),
                Check.capabilities("domains", domains),
                labels == null ? null : LabelFilter.labelled("labels", labels));
        return new Operation.Patch(
                Check.id("id", task),
                by,
                Check.oneOf("priority", priority, Priority.class),
                assignee == null || assignee.isEmpty() ? assignee : Check.id("assignee", assignee),
                Check.ids("dependsOn", dependsOn, config.maxDependencies()),
                Check.money("estimatedCost", estimatedCost),
                null,
                description.isEmpty() ? null : description);
    }
}
