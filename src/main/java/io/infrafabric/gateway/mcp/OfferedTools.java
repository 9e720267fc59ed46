package io.infrafabric.gateway.mcp;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.infrafabric.door.tool.Field;
import io.infrafabric.door.tool.Thing;
import io.infrafabric.door.tool.Tool;
import io.infrafabric.door.tool.Toolbox;
import io.quarkus.arc.All;
import io.quarkus.arc.properties.IfBuildProperty;
import jakarta.inject.Singleton;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The tools of all rooms of this build, as they are listed. */
@IfBuildProperty(name = "s2.build.gateway.door", stringValue = "true", enableIfMissing = true)
@Singleton
public class OfferedTools {
    /** What {@code ?tools=core} lists: enough to work with. */
    static final List<String> CORE = List.of("claim_task", "complete_task", "fail_task", "read_inbox", "why");

    /** In this order; others follow by name. */
    private static final List<String> FIRST = CORE;

    private final Map<String, Tool> tools = new LinkedHashMap<>();
    private final List<Thing> things;

    OfferedTools(@All List<Toolbox> boxes) {
        boxes.stream()
                .flatMap(box -> box.tools().stream())
                .sorted(Comparator.<Tool>comparingInt(tool -> place(tool.name()))
                        .thenComparing(Tool::name))
                .forEach(tool -> tools.put(tool.name(), tool));
        things = boxes.stream()
                .flatMap(box -> box.things().stream())
                .sorted(Comparator.comparingInt(Thing::rank))
                .toList();
    }

    private static int place(String name) {
        int place = FIRST.indexOf(name);
        return place < 0 ? FIRST.size() : place;
    }

    /** The tool of this name. */
    public Optional<Tool> find(String name) {
        return Optional.ofNullable(tools.get(name));
    }

    /** All of them. */
    public Collection<Tool> all() {
        return tools.values();
    }

    /** What can be looked at, in the order in which an id without a kind is looked for. */
    List<Thing> things() {
        return things;
    }

    /** Those that are offered, as {@code tools/list} shows them. */
    ArrayNode listed(boolean coreOnly) {
        ArrayNode listed = JsonNodeFactory.instance.arrayNode();
        tools.values().stream()
                .filter(tool -> !coreOnly || CORE.contains(tool.name()))
                .forEach(tool -> listed.add(listed(tool)));
        return listed;
    }

    private static ObjectNode listed(Tool tool) {
        ObjectNode listed = JsonNodeFactory.instance.objectNode();
        listed.put("name", tool.name());
        listed.put("description", tool.description());
        ObjectNode schema = listed.putObject("inputSchema");
        schema.put("type", "object");
        ObjectNode properties = schema.putObject("properties");
        for (Field field : tool.fields()) {
            properties.set(field.name(), shape(field));
        }
        List<String> required =
                tool.fields().stream().filter(Field::required).map(Field::name).toList();
        if (!required.isEmpty()) {
            required.forEach(schema.putArray("required")::add);
        }
        return listed;
    }

    private static ObjectNode shape(Field field) {
        ObjectNode shape = JsonNodeFactory.instance.objectNode();
        if (field.kind().type() != null) {
            shape.put("type", field.kind().type());
        }
        if (field.kind() == Field.Kind.TEXTS) {
            shape.putObject("items").put("type", "string");
        }
        if (!field.options().isEmpty()) {
            field.options().forEach(shape.putArray("enum")::add);
        }
        if (field.description() != null) {
            shape.put("description", field.description());
        }
        return shape;
    }
}
