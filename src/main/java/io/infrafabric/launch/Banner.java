package io.infrafabric.launch;

import java.net.URI;
import java.nio.file.Path;
import java.util.Optional;

/**
 * What a person sees when the fabric is up.
 *
 * @param version of the fabric
 * @param httpPort the port of its API
 * @param postgresUrl the PostgreSQL in use
 * @param channelUrl the Redis or the broker of AMQP in use; its password is not shown
 * @param embedded which servers are embedded: some of {@code postgres redis}
 * @param directory the data directory, if anything is embedded
 */
record Banner(
        String version,
        int httpPort,
        String postgresUrl,
        String channelUrl,
        String embedded,
        Optional<Path> directory) {

    /** The text, several lines. */
    String text() {
        String api = "http://localhost:" + httpPort;
        Optional<String> token =
                directory.map(path -> path.resolve("operator.token").toString());
        return """

                S² fabric %s: the coordination plane for swarms of AI-agent sessions

                  API         %s  (described at %s/q/openapi)
                  PostgreSQL  %s
                  %-10s  %s
                  Data        %s
                  Operator    %s

                  Try         curl -H "Authorization: Bearer %s" %s/coordinator/swarms
                  Stop        Ctrl-C
                """.formatted(
                        version,
                        api,
                        api,
                        server("postgres", postgresUrl),
                        channelUrl.startsWith("redis") ? "Redis" : "AMQP",
                        server("redis", channelUrl),
                        directory.map(Path::toString).orElse("in the PostgreSQL above"),
                        token.map(file -> "token in " + file).orElse("token as given in S2_OPERATOR_TOKEN"),
                        token.map(file -> "$(cat " + file + ")").orElse("$S2_OPERATOR_TOKEN"),
                        api);
    }

    private String server(String name, String url) {
        URI uri = URI.create(url);
        String port = uri.getPort() < 0 ? "" : ":" + uri.getPort();
        return (embedded.contains(name) ? "embedded, " : "given, ") + uri.getHost() + port;
    }
}
