package io.infrafabric.launch;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.infrafabric.door.identity.PassOffice;
import io.infrafabric.problem.Problem;
import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.QuarkusApplication;
import io.smallrye.mutiny.Uni;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;

/**
 * Makes, lists and revokes tokens of operators and viewers from a shell ({@link TokenWish#USAGE}). If a PostgreSQL is
 * given, it works on that, so that a first token needs no other one: the holder of the database and the key could make
 * one anyway. An embedded run owns its servers, so there the command asks the running fabric.
 */
final class TokenCommand implements QuarkusApplication {

    /** The argument that asks for it. */
    static final String ARGUMENT = "token";

    private static final Duration PATIENCE = Duration.ofMinutes(1);
    private static final int SHOWN = 500;

    /** An address where nobody listens: the process has Redis clients, but does not use them. */
    private static final String NO_REDIS = "redis://localhost:1";

    private final PassOffice office;
    private final ObjectMapper mapper;
    private final PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);

    TokenCommand(PassOffice office, ObjectMapper mapper) {
        this.office = office;
        this.mapper = mapper;
    }

    /** Carries out the command, and ends this process. */
    static void run(String[] args, BiConsumer<Integer, Throwable> exit) {
        Optional<TokenWish> wish = wish(args);
        if (wish.isEmpty()) {
            System.err.print(TokenWish.USAGE);
            System.exit(2);
        } else if (given("S2_POSTGRES_URL").isPresent()) {
            prepare();
            Quarkus.run(TokenCommand.class, exit, args);
        } else if (LaunchConfigSource.ALL_IN_ONE) {
            System.exit(ask(wish.get()));
        } else {
            // Known when a binary is compiled: the client is in that of the all-in-one only.
            System.err.println(
                    "Set S2_POSTGRES_URL and S2_JWT_KEY_FILE: a build of one function works on the database.");
            System.exit(1);
        }
    }

    private static Optional<TokenWish> wish(String... args) {
        return TokenWish.of(Arrays.copyOfRange(args, 1, args.length));
    }

    /** Leaves only the database and the key on. */
    private static void prepare() {
        Migration.prepareAlone();
        System.setProperty("quarkus.flyway.migrate-at-start", "false");
        if (given("S2_REDIS_URL").isEmpty() && given("S2_REDIS_URL_FILE").isEmpty()) {
            System.setProperty("s2.redis.url", NO_REDIS);
        }
    }

    @Override
    public int run(String... args) throws JsonProcessingException {
        try {
            return switch (wish(args).orElseThrow()) {
                case TokenWish.Make(String name, String role, String swarm, Long ttl) -> {
                    var made = await(office.make(PassOffice.Wish.of(name, role, swarm, ttl), who()));
                    out.println(made.token());
                    yield 0;
                }
                case TokenWish.Show _ -> {
                    out.println(mapper.writeValueAsString(await(office.list(SHOWN))));
                    yield 0;
                }
                case TokenWish.Revoke(var id) -> {
                    boolean revoked = await(office.revoke(id, who()));
                    out.println(revoked ? "Revoked: it ends everywhere within 5 s." : "There is no token " + id + ".");
                    yield revoked ? 0 : 1;
                }
            };
        } catch (Problem refused) {
            System.err.println(refused.getMessage());
            return 1;
        }
    }

    private static <T> T await(Uni<T> answer) {
        return answer.await().atMost(PATIENCE);
    }

    private static String who() {
        return "shell:" + System.getProperty("user.name", "unknown");
    }

    /** Asks the fabric on this machine. */
    private static int ask(TokenWish wish) {
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        ObjectMapper mapper = new ObjectMapper();
        URI tokens =
                URI.create("http://127.0.0.1:" + given("QUARKUS_HTTP_PORT").orElse("8080") + "/coordinator/tokens");
        try (HttpClient client = HttpClient.newHttpClient()) {
            HttpRequest.Builder request = switch (wish) {
                case TokenWish.Make make ->
                    HttpRequest.newBuilder(tokens).POST(BodyPublishers.ofString(body(mapper, make)));
                case TokenWish.Show _ -> HttpRequest.newBuilder(URI.create(tokens + "?limit=" + SHOWN));
                case TokenWish.Revoke(var id) ->
                    HttpRequest.newBuilder(URI.create(tokens + "/" + id)).DELETE();
            };
            request.header("Authorization", "Bearer " + operatorToken()).header("Content-Type", "application/json");
            HttpResponse<String> answer = client.send(request.build(), BodyHandlers.ofString());
            if (answer.statusCode() / 100 != 2) {
                System.err.println(answer.body());
                return 1;
            }
            out.println(
                    switch (wish) {
                        case TokenWish.Make _ ->
                            mapper.readTree(answer.body()).path("token").asText();
                        case TokenWish.Show _ -> answer.body();
                        case TokenWish.Revoke _ -> "Revoked: it ends everywhere within 5 s.";
                    });
            return 0;
        } catch (IOException away) {
            System.err.println("The fabric does not answer at " + tokens + " (" + away + "). Start it, or set"
                    + " QUARKUS_HTTP_PORT, or S2_POSTGRES_URL and S2_JWT_KEY_FILE to work on a database.");
            return 1;
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return 1;
        }
    }

    private static String body(ObjectMapper mapper, TokenWish.Make make) throws JsonProcessingException {
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("name", make.name());
        body.put("role", make.role());
        if (make.swarm() != null) {
            body.put("swarm", make.swarm());
        }
        if (make.ttlSeconds() != null) {
            body.put("ttlSeconds", make.ttlSeconds());
        }
        return mapper.writeValueAsString(body);
    }

    private static String operatorToken() throws IOException {
        Optional<String> token = given("S2_OPERATOR_TOKEN");
        return token.isPresent()
                ? token.get()
                : Files.readString(Path.of(given("S2_DATA_DIR").orElse(".s2"), "operator.token"))
                        .strip();
    }

    private static Optional<String> given(String variable) {
        return Optional.ofNullable(System.getenv(variable)).filter(value -> !value.isBlank());
    }
}
