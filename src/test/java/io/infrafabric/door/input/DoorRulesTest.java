package io.infrafabric.door.input;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.infrafabric.bus.DatabaseAway;
import io.infrafabric.door.answer.Respond;
import io.infrafabric.door.identity.Identity;
import io.infrafabric.problem.Code;
import io.infrafabric.problem.Problem;
import io.vertx.core.impl.NoStackTraceThrowable;
import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.ClosedConnectionException;
import jakarta.ws.rs.BeanParam;
import jakarta.ws.rs.QueryParam;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.ConnectException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeoutException;
import org.jboss.resteasy.reactive.RestQuery;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DoorRulesTest {

    @ParameterizedTest
    @ValueSource(strings = {"08006", "28P01", "53300", "57P01", "57P03", "57014", "55P03", "25P04", "58030"})
    void these_states_mean_that_the_database_is_away_or_too_slow(String sqlState) {
        assertThat(DatabaseAway.isReasonOf(pg(sqlState))).isTrue();
        assertThat(DatabaseAway.isReasonOf(new IllegalStateException(pg(sqlState))))
                .isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"23505", "42601", "40001", "25P02", "P0001"})
    void these_states_mean_something_else(String sqlState) {
        assertThat(DatabaseAway.isReasonOf(pg(sqlState))).isFalse();
    }

    @Test
    void no_connection_means_away_and_bugs_do_not() {
        assertThat(DatabaseAway.isReasonOf(new ConnectException("refused"))).isTrue();
        assertThat(DatabaseAway.isReasonOf(ClosedConnectionException.INSTANCE)).isTrue();
        assertThat(DatabaseAway.isReasonOf(
                        new NoStackTraceThrowable("Connection is not active now, current status: CLOSED")))
                .isTrue();
        assertThat(DatabaseAway.isReasonOf(new TimeoutException())).isTrue();
        assertThat(DatabaseAway.isReasonOf(new NullPointerException())).isFalse();
        assertThat(DatabaseAway.isReasonOf(new IllegalStateException("x"))).isFalse();
    }

    @Test
    void a_full_disk_is_told_from_a_database_that_is_away() {
        assertThat(DatabaseAway.isDiskFull(new IllegalStateException(pg("53100"))))
                .isTrue();
        assertThat(DatabaseAway.isDiskFull(
                        new IOException("could not write lock file \"postmaster.pid\": No space left on device")))
                .isTrue();
        assertThat(DatabaseAway.isDiskFull(pg("53200"))).isFalse();
        assertThat(DatabaseAway.isDiskFull(new ConnectException("refused"))).isFalse();
    }

    @Test
    void a_stream_is_read_up_to_its_bound_and_not_beyond() throws IOException {
        var exact = new BodyLimit.Bounded(new ByteArrayInputStream(new byte[10]), 10);
        assertThat(exact.readAllBytes()).hasSize(10);
        var above = new BodyLimit.Bounded(new ByteArrayInputStream(new byte[11]), 10);
        assertThatExceptionOfType(BodyLimit.TooLarge.class).isThrownBy(above::readAllBytes);
        var single = new BodyLimit.Bounded(new ByteArrayInputStream(new byte[2]), 1);
        assertThat(single.read()).isZero();
        assertThatExceptionOfType(BodyLimit.TooLarge.class).isThrownBy(single::read);
    }

    @Test
    void trace_headers_are_bounded_and_visible() {
        assertThat(Identity.traceToken("swarm-7/run-12")).isEqualTo("swarm-7/run-12");
        assertThat(Identity.traceToken("a b")).isNull();
        assertThat(Identity.traceToken("")).isNull();
        assertThat(Identity.traceToken("a".repeat(129))).isNull();
        assertThat(Identity.traceToken(null)).isNull();
        String parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        assertThat(Identity.traceparent(parent)).isEqualTo(parent);
        assertThat(Identity.traceparent("ff" + parent.substring(2))).isNull();
        assertThat(Identity.traceparent("hello")).isNull();
        assertThat(Identity.traceparent(null)).isNull();
    }

    static class Filter {
        @QueryParam("state")
        String state;

        @RestQuery
        String assignee;
    }

    void listed(
            @QueryParam("swarm") String a, @RestQuery String cursor, @RestQuery("limit") int b, @BeanParam Filter f) {
        throw new IllegalStateException("never called");
    }

    @Test
    void the_query_parameters_of_a_method_are_those_it_declares() throws NoSuchMethodException {
        var method =
                DoorRulesTest.class.getDeclaredMethod("listed", String.class, String.class, int.class, Filter.class);
        assertThat(QueryParameters.of(method)).containsOnlyKeys("assignee", "cursor", "limit", "state", "swarm");
    }

    @Test
    void a_parameter_must_be_known_and_a_number_be_one() {
        var known = new TreeMap<String, Class<?>>(
                Map.of("limit", Integer.class, "swarm", String.class, "voted", Boolean.class));
        QueryParameters.check(Map.of("limit", List.of("5"), "swarm", List.of("x")), known);
        assertThatExceptionOfType(Problem.class)
                .isThrownBy(() -> QueryParameters.check(Map.of("limit", List.of("many")), known))
                .withMessage("limit: expected a whole number");
        QueryParameters.check(Map.of("voted", List.of("TRUE")), known);
        assertThatExceptionOfType(Problem.class)
                .isThrownBy(() -> QueryParameters.check(Map.of("voted", List.of("yes")), known))
                .withMessage("voted: expected true or false");
        assertThatExceptionOfType(Problem.class)
                .isThrownBy(() -> QueryParameters.check(Map.of("lmit", List.of("5")), known))
                .satisfies(problem -> assertThat(problem.code()).isEqualTo(Code.IF_ERR_UNKNOWN_PARAMETER));
    }

    @Test
    void answers_say_when_they_are_replayed() {
        assertThat(Respond.json(201, "{}", true).getHeaderString(Respond.REPLAYED))
                .isEqualTo("true");
        assertThat(Respond.json(201, "{}", false).getHeaderString(Respond.REPLAYED))
                .isNull();
        assertThat(Respond.json(204, null, false).getEntity()).isNull();
    }

    private static PgException pg(String sqlState) {
        return new PgException("message", "FATAL", sqlState, "detail");
    }
}
