package io.infrafabric.door.tool;

import java.util.List;

/** What a room offers to agents. */
public interface Toolbox {

    /** Its tools. */
    List<Tool> tools();

    /** What can be read by an id. */
    default List<Thing> things() {
        return List.of();
    }
}
