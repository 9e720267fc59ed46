package io.infrafabric.door;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.infrafabric.door.input.Json;

/** Writes answers as the REST doors do, for tests that run without Quarkus. */
public final class RestJson {
    private static final ObjectMapper MAPPER =
            Json.rules(JsonMapper.builder().findAndAddModules().build());

    private RestJson() {}

    /** The JSON of this answer. */
    public static String of(Object answer) throws Exception {
        return MAPPER.writeValueAsString(answer);
    }
}
