package io.infrafabric.door;

import io.infrafabric.input.Allowed;
import io.quarkus.runtime.configuration.MemorySize;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;
import java.util.Optional;

/** Settings of the door, {@code s2.door.*}. Durations as {@code 24h}, {@code 2s} or ISO 8601. */
@ConfigMapping(prefix = "s2.door")
public interface DoorConfig {

    /** An operator's token for all swarms, in addition to the signed ones; 32 characters or more. Default: none. */
    Optional<String> operatorToken();

    /** File with the private RSA key (PEM, PKCS#8) that signs and verifies tokens. Default: none. */
    Optional<String> jwtKeyFile();

    /**
     * Files with public RSA keys (PEM, X.509), separated by commas; a file may hold several. Tokens signed with any of
     * these keys are accepted, so that keys can be exchanged (see docs/access.md). A process without a private key
     * verifies tokens but issues none. Default: none.
     */
    Optional<String> jwtPublicKeyFile();

    /**
     * Directory of the private key ({@code jwt.key}), which is made if it is missing. Used only without a key
     * file. Default: none; an embedded run uses its data directory.
     */
    Optional<String> keyDirectory();

    /**
     * Life of a token if the request does not give one: a session's token counts from its last use, an operator's or
     * viewer's from its issue.
     */
    @Allowed(from = "1s", to = "3650d", atMost = "s2.door.token-ttl-max")
    @WithDefault("24h")
    Duration tokenTtl();

    /** The longest life that a request for a token may give. */
    @Allowed(from = "1s", to = "3650d")
    @WithDefault("30d")
    Duration tokenTtlMax();

    /** How often uses of sessions' tokens are written. Other processes learn of a use this much later. */
    @Allowed(from = "100ms", to = "1m")
    @WithDefault("1s")
    Duration useEvery();

    /** The most uses of tokens that one statement writes. */
    @Allowed(from = "1", to = "10000")
    @WithDefault("1000")
    int useBatch();

    /** The most verified tokens that a process remembers, to check each signature only once. */
    @Allowed(from = "1", to = "10000000")
    @WithDefault("50000")
    int tokenCache();

    /**
     * How often a process reads revocations and leavings. A revocation takes effect everywhere after this time plus one
     * query. At most 4 s.
     */
    @Allowed(from = "100ms", to = "4s")
    @WithDefault("2s")
    Duration revocationEvery();

    /** The most tokens of scoped credentials that a process remembers, with what is known of them. */
    @Allowed(from = "1", to = "10000000")
    @WithDefault("10000")
    int scopedCache();

    /**
     * How long a process remembers what it knows of a scoped credential. Its revocation, and the end of its claim, take
     * effect everywhere after this time plus one query.
     */
    @Allowed(from = "10ms", to = "2500ms")
    @WithDefault("2s")
    Duration scopedAge();

    /** The most scoped credentials that a process looks up at once; further calls get 503. */
    @Allowed(from = "1", to = "100000")
    @WithDefault("64")
    int scopedLookups();

    /** How often the last uses of operators' and viewers' tokens are written. */
    @Allowed(from = "1s", to = "1h")
    @WithDefault("1m")
    Duration tokenUsedEvery();

    /** How long operators' and viewers' tokens stay in the list after their end. */
    @Allowed(from = "0s", to = "3650d")
    @WithDefault("30d")
    Duration tokenListed();

    /**
     * On SIGTERM, how long a process goes on serving. Each answer then ends its connection, so that its client calls
     * another process next time; connections on which nothing came until then are closed. Longer than the pauses
     * between the calls of a kept-alive client, and than a load balancer needs to see that the process is not ready. 5 s
     * if absent; an embedded run, beside which there is no other process, does not wait.
     */
    @Allowed(from = "0s", to = "1m")
    Optional<Duration> farewell();

    /** On SIGTERM, how long a process that has finished its calls waits for calls that arrived at the last moment. */
    @Allowed(from = "0s", to = "1m")
    @WithDefault("5s")
    Duration lastCalls();

    /** The largest body, in the form in which it is sent. {@code quarkus.http.limits.max-body-size} must be larger. */
    @Allowed(from = "1K", to = "1G", below = "quarkus.http.limits.max-body-size")
    @WithDefault("8M")
    MemorySize maxBody();

    /** The largest body of a call that is forwarded to a provider. */
    @Allowed(from = "1K", to = "1G")
    @WithDefault("64M")
    MemorySize maxForwardedBody();

    /**
     * The most connections at once; fewer if the process may not open that many files ({@code ulimit -n}). A further
     * connection closes the one that has been idle longest. {@code quarkus.http.idle-timeout} (75 s) closes idle
     * connections anyway, and an HTTP/2 connection has at most {@code quarkus.http.limits.max-concurrent-streams} (100)
     * calls at once.
     */
    @Allowed(from = "1", to = "1000000")
    @WithDefault("32000")
    int maxConnections();

    /**
     * Further connections while all of those have calls under way: probes and operators are served on them, others get
     * 503.
     */
    @Allowed(from = "0", to = "10000")
    @WithDefault("64")
    int reservedConnections();

    /** Calls of one session under way at once, waiting ones included; further calls get 429. */
    @Allowed(from = "1", to = "100000")
    @WithDefault("256")
    int maxCallsPerSession();

    /**
     * How long the head of a call may take from its first byte to its last. After that the call gets 408, and the
     * connection is closed.
     */
    @Allowed(from = "100ms", to = "10m")
    @WithDefault("15s")
    Duration headTimeout();

    /**
     * How long the body of a call may take. After that the call gets 408, and the connection is closed. A body that is forwarded
     * to a provider as it comes may take as long as it keeps coming.
     */
    @Allowed(from = "100ms", to = "1h")
    @WithDefault("60s")
    Duration bodyTimeout();

    /** Items of a page without {@code ?limit}. */
    @Allowed(from = "1", to = "10000", atMost = "s2.door.page-size-max")
    @WithDefault("50")
    int pageSize();

    /** The most items of a page. */
    @Allowed(from = "1", to = "10000")
    @WithDefault("500")
    int pageSizeMax();

    /**
     * Web pages that may call the fabric from a browser: their origins ({@code https://board.example}), separated by
     * commas. Default: none, so browsers refuse calls of other pages (CORS).
     */
    Optional<String> corsOrigins();
}
