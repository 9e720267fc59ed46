package io.infrafabric.door;

import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import org.jboss.resteasy.reactive.RestResponse;

/** Makes answers of JSON that is already text, as answers kept for {@link Idempotency} are. */
public final class Respond {
    /** Header that marks an answer given before, to the same {@code Idempotency-Key}. */
    public static final String REPLAYED = "Idempotency-Replayed";

    private Respond() {}

    /** The answer; without a body if {@code body} is {@code null}. */
    public static RestResponse<String> json(int status, String body, boolean replayed) {
        var response = RestResponse.ResponseBuilder.<String>create(status);
        if (body != null) {
            response.entity(body).header(HttpHeaders.CONTENT_TYPE, MediaType.APPLICATION_JSON);
        }
        if (replayed) {
            response.header(REPLAYED, "true");
        }
        return response.build();
    }
}
