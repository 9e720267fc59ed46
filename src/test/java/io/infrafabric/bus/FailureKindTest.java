package io.infrafabric.bus;

import static io.infrafabric.bus.FailureKind.ABORTED;
import static io.infrafabric.bus.FailureKind.AWAY;
import static io.infrafabric.bus.FailureKind.BROKEN;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonParseException;
import io.infrafabric.problem.Code;
import io.infrafabric.problem.Problem;
import io.vertx.core.impl.NoStackTraceThrowable;
import io.vertx.pgclient.PgException;
import io.vertx.redis.client.impl.types.ErrorType;
import io.vertx.sqlclient.ClosedConnectionException;
import java.net.ConnectException;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FailureKindTest {

    private static PgException refused(String state) {
        return new PgException("message", "ERROR", state, "detail");
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(
            strings = {"57P01", "57P03", "57014", "53300", "53100", "08006", "58030", "55P03", "25P04", "25006", "28P01"
            })
    void theServerIsTheReason(String state) {
        assertThat(FailureKind.of(refused(state))).isEqualTo(AWAY);
    }

    @Test
    void abortedByItself() {
        assertThat(FailureKind.of(new RunAgain("claimed by another"))).isEqualTo(ABORTED);
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"40001", "40P01"})
    void abortedForTheSakeOfAnother(String state) {
        assertThat(FailureKind.of(refused(state))).isEqualTo(ABORTED);
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"23505", "22P02", "42601", "25P02", "P0001"})
    void theStatementIsTheReason(String state) {
        assertThat(FailureKind.of(refused(state))).isEqualTo(BROKEN);
    }

    @Test
    void lostConnectionsAndTimeoutsAreInfrastructure() {
        assertThat(List.of(
                        new ConnectException("refused"),
                        new TimeoutException("late"),
                        ClosedConnectionException.INSTANCE,
                        new NoStackTraceThrowable("Timeout"),
                        ErrorType.create("LOADING Redis is loading"),
                        new CommitUnknown("1", null),
                        new CompletionException(new ConnectException("refused")),
                        Problem.of(Code.IF_ERR_OVERLOADED, "full")))
                .allSatisfy(failure -> assertThat(FailureKind.of(failure)).isEqualTo(AWAY));
    }

    @Test
    void everythingElseIsABugOrBadData() {
        assertThat(List.of(
                        new IllegalStateException("bug"),
                        new NullPointerException(),
                        new JsonParseException(null, "bad data"),
                        Problem.badInput("field", "else")))
                .allSatisfy(failure -> assertThat(FailureKind.of(failure)).isEqualTo(BROKEN));
    }
}
