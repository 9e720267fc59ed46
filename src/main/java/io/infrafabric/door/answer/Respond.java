package io.infrafabric.door.answer;

import io.infrafabric.command.Idempotency;
import io.infrafabric.command.Once.Reply;
import io.infrafabric.problem.Code;
import io.infrafabric.problem.Problem;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import java.util.function.Function;
import org.jboss.resteasy.reactive.RestResponse;

/** Makes responses from JSON that is already text, like the answers kept for {@link Idempotency}. */
public final class Respond {
    /** Header that marks a repeated answer to the same {@code Idempotency-Key}. */
    public static final String REPLAYED = "Idempotency-Replayed";

    private Respond() {}

    /**
     * The response to a reply: what {@code now} makes of a new answer (it throws a {@link Problem} for a refusal), or
     * the earlier answer to the same key.
     */
    public static <A> RestResponse<String> reply(Reply<A> reply, Function<A, Idempotency.Answer> now) {
        return switch (reply) {
            case Reply.Now<A>(A answer) -> {
                Idempotency.Answer shown = now.apply(answer);
                yield json(shown.status(), shown.body(), false);
            }
            case Reply.Before<A>(int status, String body) -> json(status, body, true);
            case Reply.Reused<A> _ ->
                throw Problem.of(
                        Code.IF_ERR_IDEMPOTENCY_KEY_REUSED, "This Idempotency-Key was used with another body.");
        };
    }

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
