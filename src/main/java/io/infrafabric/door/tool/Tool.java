package io.infrafabric.door.tool;

import io.smallrye.mutiny.Uni;
import java.util.List;
import java.util.function.Function;

/**
 * Something that an agent can do.
 *
 * @param name as the agent calls it
 * @param description what the model reads of it; every word costs every agent tokens
 * @param run does it, with arguments that fit the fields; throws or fails with a {@code Problem} if it refuses
 * @param whole whether it runs to its end though its client is gone, and sees to that itself; others are cancelled then
 */
public record Tool(
        String name, String description, List<Field> fields, Function<ToolCall, Uni<Told>> run, boolean whole) {

    /** A tool that is cancelled when its client is gone. */
    public Tool(String name, String description, List<Field> fields, Function<ToolCall, Uni<Told>> run) {
        this(name, description, fields, run, false);
    }
}
