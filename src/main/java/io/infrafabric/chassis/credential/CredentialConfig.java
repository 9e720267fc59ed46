package io.infrafabric.chassis.credential;

import io.infrafabric.input.Allowed;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/** Numbers of scoped credentials, among {@code s2.chassis.*}. Durations as {@code 5m}, {@code 300s} or ISO 8601. */
@ConfigMapping(prefix = "s2.chassis")
public interface CredentialConfig {

    /** Life of a scoped credential if the request does not give one. */
    @Allowed(from = "1s", to = "1h", atMost = "s2.chassis.credential-ttl-max")
    @WithDefault("300s")
    Duration credentialTtl();

    /** The longest life that a request for a scoped credential may give. */
    @Allowed(from = "1s", to = "1h")
    @WithDefault("1h")
    Duration credentialTtlMax();

    /** The most scoped credentials of one session that are neither revoked nor past their time; further ones get 429. */
    @Allowed(from = "1", to = "10000")
    @WithDefault("100")
    int credentialsPerSession();

    /** The most endpoints that a scoped credential may name. */
    @Allowed(from = "1", to = "1000")
    @WithDefault("32")
    int endpointsPerCredential();

    /** The most characters of an endpoint of a scoped credential. */
    @Allowed(from = "16", to = "8192")
    @WithDefault("512")
    int endpointLength();

    /** How long scoped credentials stay in the list after their time. */
    @Allowed(from = "1m", to = "3650d")
    @WithDefault("24h")
    Duration credentialListed();
}
