package io.infrafabric.door.answer;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.infrafabric.command.Idempotency;
import io.infrafabric.door.input.Json;
import jakarta.inject.Singleton;
import java.io.UncheckedIOException;

/** Writes answers as JSON text by the rules of {@link Json}, to be sent now, and kept to be sent again. */
@Singleton
public final class AnswerWriter {
    private final ObjectMapper mapper;

    AnswerWriter(ObjectMapper mapper) {
        this.mapper = mapper;
    }

    /** The body as JSON, with this status. */
    public Idempotency.Answer write(int status, Object body) {
        try {
            return new Idempotency.Answer(status, mapper.writeValueAsString(body));
        } catch (JsonProcessingException broken) {
            throw new UncheckedIOException(broken);
        }
    }
}
