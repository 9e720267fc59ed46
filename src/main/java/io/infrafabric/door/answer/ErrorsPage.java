package io.infrafabric.door.answer;

import io.infrafabric.problem.Code;
import io.infrafabric.problem.Problem;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

/** The page of all error codes: served here, and kept in the project as {@code docs/errors.md}. */
@Path(Problem.PAGE)
@Tag(name = "door")
public class ErrorsPage {

    @GET
    @Produces("text/markdown;charset=UTF-8")
    @Operation(summary = "All error codes: what each means, and what to do")
    public String page() {
        return markdown();
    }

    /** The page, made from {@link Code}. */
    static String markdown() {
        var page = new StringBuilder("""
                # Error codes

                Every refusal is `application/problem+json` (RFC 9457) with `type`, `title`, `status`, `code`, `detail` and
                `whatToDo`. Bad input adds `field` and `expected`; a call with a trace token gets `traceToken` back. A code never
                changes its meaning. 503 comes with `Retry-After`, 401 with `WWW-Authenticate`.

                `./mvnw test -Dtest=ErrorsPageTest -Ds2.write-docs=true` makes this page from the codes.
                """);
        for (Code code : Code.values()) {
            page.append("\n## ").append(code.name());
            page.append("\n\n**").append(code.status()).append("** ").append(code.meaning());
            page.append("\n\n*What to do:* ").append(code.whatToDo()).append('\n');
        }
        return page.toString();
    }
}
