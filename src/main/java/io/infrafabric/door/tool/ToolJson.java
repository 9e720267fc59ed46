package io.infrafabric.door.tool;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import jakarta.inject.Singleton;
import java.io.UncheckedIOException;
import org.jboss.resteasy.reactive.RestResponse;

/** Reads what resources answer, for tools to put it in a sentence. */
@Singleton
public final class ToolJson {
    private final ObjectMapper mapper;

    ToolJson(ObjectMapper mapper) {
        this.mapper = mapper;
    }

    /** The body of an answer; missing if it has none. */
    public JsonNode of(RestResponse<String> answer) {
        try {
            return answer.getEntity() == null ? MissingNode.getInstance() : mapper.readTree(answer.getEntity());
        } catch (JsonProcessingException broken) {
            throw new UncheckedIOException(broken);
        }
    }

    /** Arguments as the body of a REST call; fails as that would. */
    public <T> T body(JsonNode arguments, Class<T> type) {
        try {
            return mapper.treeToValue(arguments, type);
        } catch (JsonProcessingException bad) {
            throw new UncheckedIOException(bad);
        }
    }

    /** An answer as the door would write it. */
    public JsonNode of(Object answer) {
        return mapper.valueToTree(answer);
    }
}
