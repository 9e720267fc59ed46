package io.infrafabric.door;

import io.quarkus.runtime.configuration.MemorySize;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;
import java.util.Optional;

/** Settings of the door, {@code s2.door.*}. Durations as {@code 24h}, {@code 2s} or ISO 8601. */
@ConfigMapping(prefix = "s2.door")
public interface DoorConfig {

    /**
     * A token that is accepted as an operator's of everything, besides the signed ones: 32 characters or more. Default: none.
     */
    Optional<String> operatorToken();

    /** File with the private RSA key (PEM, PKCS#8) that signs and verifies tokens. Default: none. */
    Optional<String> jwtKeyFile();

    /**
     * Files with public RSA keys (PEM, X.509), separated by commas; a file may hold several. Without a private key this
     * process verifies and cannot issue. Tokens of any of these keys are accepted, so that keys can be exchanged (see
     * docs/access.md). Default: none.
     */
    Optional<String> jwtPublicKeyFile();

    /**
     * Directory in which the private key is kept ({@code jwt.key}), and made if it is missing. Used only where no key
     * file is given. Default: none; an embedded run sets its data directory.
     */
    Optional<String> keyDirectory();

    /**
     * For how long a token holds that was asked for without saying how long: a session's from its last use on, an operator's
     * or viewer's from its issue on.
     */
    @WithDefault("24h")
    Duration tokenTtl();

    /** The longest such time that can be asked for. */
    @WithDefault("30d")
    Duration tokenTtlMax();

    /** How often it is written down that sessions' tokens were used. Other processes learn of a use that much later. */
    @WithDefault("1s")
    Duration useEvery();

    /** How many uses of tokens one statement writes. */
    @WithDefault("1000")
    int useBatch();

    /** How many verified tokens are remembered, so that their signature is not computed again. */
    @WithDefault("50000")
    int tokenCache();

    /** How often it is read what was revoked, and who has left; a revocation holds everywhere after this and one query. At most 4 s. */
    @WithDefault("2s")
    Duration revocationEvery();

    /** How often it is written down when operators' and viewers' tokens were used last. */
    @WithDefault("1m")
    Duration tokenUsedEvery();

    /** How long operators' and viewers' tokens stay in the list after they have ended. */
    @WithDefault("30d")
    Duration tokenListed();

    /** The most characters of what was asked, of what was before and of what was answered, each, in the audit log. */
    @WithDefault("8192")
    int auditLength();

    /** How long the answers to calls with an {@code Idempotency-Key} are kept. */
    @WithDefault("24h")
    Duration idempotencyKept();

    /** How often a process looks whether the schema is there, while it is not. */
    @WithDefault("1s")
    Duration schemaLook();

    /** How long a process waits for the schema before it gives up and ends. */
    @WithDefault("10m")
    Duration schemaWait();

    /** On SIGTERM, when calls have ended once: how long is waited for those that came at the last moment. */
    @WithDefault("5s")
    Duration lastCalls();

    /** How often answers kept for too long are deleted, and how many in one statement. */
    @WithDefault("10m")
    Duration purgeEvery();

    /** How many old answers one statement deletes. */
    @WithDefault("1000")
    int purgeBatch();

    /** The largest body that is read, as sent. {@code quarkus.http.limits.max-body-size} must be larger. */
    @WithDefault("8M")
    MemorySize maxBody();

    /**
     * Connections at once. For one more, the connection is closed on which nothing has happened for the longest time. Fewer
     * where the process may not open so many files ({@code ulimit -n}). One on which nothing happens for
     * {@code quarkus.http.idle-timeout} (75 s) is closed anyway, and one of HTTP/2 has at most
     * {@code quarkus.http.limits.max-concurrent-streams} (100) calls at once.
     */
    @WithDefault("32000")
    int maxConnections();

    /** Connections beyond that, while calls are under way on all of them: for probes and operators, others get 503. */
    @WithDefault("64")
    int reservedConnections();

    /** Calls of one session under way at once, those that wait included; one more gets 429. */
    @WithDefault("256")
    int maxCallsPerSession();

    /** How long the head of a call may take from its first byte to its last; then 408, and the connection is closed. */
    @WithDefault("15s")
    Duration headTimeout();

    /** How long the body of a call may take; then 408, and the connection is closed. */
    @WithDefault("60s")
    Duration bodyTimeout();

    /** Items of a page without {@code ?limit}. */
    @WithDefault("50")
    int pageSize();

    /** The most items of a page. */
    @WithDefault("500")
    int pageSizeMax();

    /** How long the readiness probe waits for PostgreSQL, and the watch of Redis for Redis. */
    @WithDefault("2s")
    Duration probeTimeout();

    /**
     * How often Redis is given something to keep, to see whether it answers and takes it: for {@code s2_degraded}, for the
     * readiness probe's answer, and for functions, which read the event log while it does not.
     */
    @WithDefault("2s")
    Duration redisEvery();
}
