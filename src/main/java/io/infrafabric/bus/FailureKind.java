package io.infrafabric.bus;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.infrafabric.problem.Problem;
import io.vertx.core.VertxException;
import io.vertx.core.impl.NoStackTraceThrowable;
import io.vertx.pgclient.PgException;
import io.vertx.redis.client.impl.types.ErrorType;
import java.io.IOException;
import java.sql.SQLException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeoutException;
import org.hibernate.HibernateException;

/** What a failure says about the thing that failed: the one rule by which the bus retries, pauses or counts. */
public enum FailureKind {
    /** The infrastructure is away, restarting or full. Says nothing about the event or command: pause, count nothing. */
    AWAY,
    /** Aborted for the sake of another transaction (deadlock, serialization, {@link RunAgain}): run it again. */
    ABORTED,
    /** Everything else: a bug, or data that no rule expected. Counted. */
    BROKEN;

    /** The kind of {@code failure}; its causes count if the failure itself says nothing. */
    public static FailureKind of(Throwable failure) {
        return switch (failure) {
            case CommitUnknown unknown -> AWAY;
            case RunAgain overtaken -> ABORTED;
            case PgException refused -> ofState(refused.getSqlState());
            // Hibernate reports the server's answer as a JDBC exception.
            case SQLException refused -> ofState(refused.getSQLState());
            case HibernateException wrapper when wrapper.getCause() != null -> of(wrapper.getCause());
            case Problem problem -> problem.code().status() == 503 ? AWAY : BROKEN;
            // Redis answers -LOADING, -READONLY, -OOM and the like: none of these is about the event.
            case ErrorType redis -> AWAY;
            case JsonProcessingException notJson -> BROKEN;
            case IOException away -> AWAY;
            case TimeoutException away -> AWAY;
            case VertxException away -> AWAY;
            case CompletionException wrapper when wrapper.getCause() != null -> of(wrapper.getCause());
            default -> isPoolTimeout(failure) ? AWAY : BROKEN;
        };
    }

    /** Whether a periodic chore can simply wait for its next time. */
    public static boolean isAway(Throwable failure) {
        return of(failure) == AWAY;
    }

    private static FailureKind ofState(String state) {
        if (DatabaseAway.isReasonOf(state)) {
            return AWAY;
        }
        return state.startsWith("40") ? ABORTED : BROKEN;
    }

    /** The pool reports only by this class that no connection came free in time. */
    private static boolean isPoolTimeout(Throwable failure) {
        return failure instanceof NoStackTraceThrowable;
    }
}
