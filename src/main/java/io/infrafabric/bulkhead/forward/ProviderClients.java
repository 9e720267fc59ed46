package io.infrafabric.bulkhead.forward;

import io.infrafabric.bulkhead.BulkheadConfig;
import io.infrafabric.bulkhead.provider.Provider;
import io.infrafabric.bulkhead.provider.ProviderAddress;
import io.infrafabric.input.HttpTarget;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.net.SocketAddress;
import jakarta.annotation.PreDestroy;
import jakarta.enterprise.context.ApplicationScoped;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;

/**
 * One HTTP client for each provider, with connections of its own, so that calls to one provider never wait for connections to
 * another one. A provider that changes gets a new client; the old one closes with its last call.
 */
@ApplicationScoped
class ProviderClients {
    private static final Logger LOG = Logger.getLogger(ProviderClients.class);

    /** Connections beyond the slots: calls that have given their slot back may still be closing theirs. */
    private static final int MORE = 2;

    private static final int MAX_HEADERS = 65_536;
    private static final int MAX_LINE = 16_384;
    private static final int KEEP_ALIVE_SECONDS = 15;

    /** How long an address that was resolved and checked may be connected to. */
    private static final Duration RESOLVED = Duration.ofSeconds(5);

    private final Vertx vertx;
    private final ProviderAddress addresses;
    private final Map<String, Client> clients = new HashMap<>();

    ProviderClients(Vertx vertx, BulkheadConfig config) {
        this.vertx = vertx;
        this.addresses = new ProviderAddress(config);
    }

    @PreDestroy
    void stop() {
        synchronized (clients) {
            clients.values().forEach(Client::close);
            clients.clear();
        }
    }

    /** The provider's client, for one call; {@link Client#leave} must follow. */
    Client enter(Provider provider) {
        synchronized (clients) {
            Client client = clients.get(provider.name());
            if (client == null || !client.isFor(provider)) {
                if (client != null) {
                    client.retire();
                }
                client = new Client(provider);
                clients.put(provider.name(), client);
            }
            client.calls++;
            return client;
        }
    }

    /** A provider's client. */
    final class Client {
        private final Provider made;
        private final HttpTarget target;
        private final String prefix;
        private final HttpClient http;
        private int calls;
        private boolean retired;
        private volatile Address last;

        private record Address(InetAddress checked, long until) {}

        private Client(Provider provider) {
            this.made = provider;
            this.target = HttpTarget.of("baseUrl", provider.baseUrl().toString());
            this.prefix = target.path().equals("/") ? "" : target.path();
            int connections = provider.maxConcurrent() + MORE;
            int connectMillis = (int) provider.timeouts().connect().toMillis();
            this.http = vertx.httpClientBuilder()
                    .with(new HttpClientOptions()
                            .setProtocolVersion(HttpVersion.HTTP_1_1)
                            .setKeepAlive(true)
                            .setKeepAliveTimeout(KEEP_ALIVE_SECONDS)
                            .setPipelining(false)
                            .setConnectTimeout(connectMillis)
                            .setSslHandshakeTimeout(connectMillis)
                            .setSslHandshakeTimeoutUnit(TimeUnit.MILLISECONDS)
                            .setDecompressionSupported(false)
                            .setMaxHeaderSize(MAX_HEADERS)
                            .setMaxInitialLineLength(MAX_LINE))
                    .with(new PoolOptions().setHttp1MaxSize(connections).setMaxWaitQueueSize(connections))
                    // Without a handler Vert.x logs what it could not read, and a key may stand in that.
                    .withConnectHandler(connection -> connection.exceptionHandler(_ -> {}))
                    .build();
        }

        private boolean isFor(Provider provider) {
            return made.baseUrl().equals(provider.baseUrl())
                    && made.maxConcurrent() == provider.maxConcurrent()
                    && made.timeouts().connect().equals(provider.timeouts().connect());
        }

        HttpClient http() {
            return http;
        }

        /** Where a request goes: to an address that was checked; the name goes along for TLS and for the provider. */
        Future<RequestOptions> options() {
            Address known = last;
            Future<InetAddress> address = known != null && known.until() - System.nanoTime() > 0
                    ? Future.succeededFuture(known.checked())
                    : vertx.executeBlocking(() -> addresses.resolved(target), false)
                            .onSuccess(checked -> {
                                last = new Address(checked, System.nanoTime() + RESOLVED.toNanos());
                            });
            return address.map(checked -> new RequestOptions()
                    .setServer(SocketAddress.inetSocketAddress(new InetSocketAddress(checked, target.port())))
                    .setHost(target.host())
                    .setPort(target.port())
                    .setSsl(target.isTls())
                    .setFollowRedirects(false)
                    .setConnectTimeout(made.timeouts().connect().toMillis()));
        }

        /** What stands before the path of each call. */
        String prefix() {
            return prefix;
        }

        String authority() {
            return target.authority();
        }

        void leave() {
            synchronized (clients) {
                calls--;
                if (retired && calls == 0) {
                    close();
                }
            }
        }

        private void retire() {
            retired = true;
            if (calls == 0) {
                close();
            }
        }

        private void close() {
            http.close().onFailure(failure -> LOG.debug("An HTTP client did not close", failure));
        }
    }
}
