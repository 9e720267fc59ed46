package io.infrafabric.chassis;

import io.smallrye.mutiny.Uni;
import java.time.Instant;
import java.util.Optional;

/** What a checker is run with. The coordinator implements it: it keeps tasks and what was handed in for them. */
public interface CheckInputs {

    /**
     * What one run of a checker gets.
     *
     * @param module its name
     * @param sha256 the version that the task is pinned to
     * @param stdin the task, the result, and who handed it in, as JSON
     * @param clock the moment of the {@code complete}
     */
    @SuppressWarnings("ArrayRecordComponent") // nobody compares or changes the bytes
    record CheckInput(String module, String sha256, byte[] stdin, Instant clock, CheckLimits limits) {}

    /** The input of this check; empty if the claim does not wait for its verdict any more. */
    Uni<Optional<CheckInput>> of(String task, long epoch, String resultSha256);
}
