package io.infrafabric.coordinator.task;

import java.util.List;
import java.util.Map;

/** What a task says of itself; {@code null} for a part that stays as it is. */
public record Description(String title, List<String> domains, Map<String, String> labels) {

    /** Whether everything stays as it is. */
    public boolean isEmpty() {
        return title == null && domains == null && labels == null;
    }
}
