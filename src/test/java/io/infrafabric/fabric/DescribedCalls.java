package io.infrafabric.fabric;

import io.quarkus.test.junit.callback.QuarkusTestBeforeEachCallback;
import io.quarkus.test.junit.callback.QuarkusTestMethodContext;
import io.restassured.RestAssured;
import io.restassured.filter.Filter;
import io.restassured.filter.FilterContext;
import io.restassured.response.Response;
import io.restassured.specification.FilterableRequestSpecification;
import io.restassured.specification.FilterableResponseSpecification;

/** Has every call that a test makes with REST Assured held against the OpenAPI document ({@link Described}). */
public final class DescribedCalls implements QuarkusTestBeforeEachCallback, Filter {

    @Override
    public void beforeEach(QuarkusTestMethodContext context) {
        if (RestAssured.filters().stream().noneMatch(DescribedCalls.class::isInstance)) {
            RestAssured.filters(this);
        }
    }

    @Override
    public Response filter(
            FilterableRequestSpecification request, FilterableResponseSpecification expected, FilterContext context) {
        Response response = context.next(request, expected);
        Object body = request.getBody();
        Described.application()
                .check(
                        request.getMethod(),
                        request.getURI().replaceFirst("^[a-z]+://[^/]*", ""),
                        body == null ? null : body.toString(),
                        response.statusCode(),
                        response.contentType(),
                        response.asString());
        return response;
    }
}
