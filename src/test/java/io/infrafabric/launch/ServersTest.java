package io.infrafabric.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ServersTest {

    private final Map<String, String> settings = new HashMap<>();
    private boolean allInOne = true;

    @Test
    void aBuildOfOneFunctionEmbedsNothing() {
        allInOne = false;
        assertRefused("embeds no servers", "S2_POSTGRES_URL and S2_REDIS_URL");

        settings.put("s2.redis.url", "redis://127.0.0.1:6379");
        assertRefused("embeds no servers", "S2_POSTGRES_URL and S2_REDIS_URL");

        settings.put("s2.postgres.url", "postgresql://fabric@db.example/fabric");
        assertThat(choose().embedded()).isFalse();
    }

    @Test
    void migratingTakesTheAllInOneAndAGivenPostgreSql() {
        settings.put(Given.MIGRATE, "true");
        assertRefused("all-in-one", "S2_POSTGRES_URL");

        settings.put("s2.postgres.url", "postgresql://fabric@db.example/fabric");
        settings.put("s2.amqp.url", "amqp://broker.example");
        assertThat(choose().embedded()).as("whatever carries the events").isFalse();

        allInOne = false;
        assertRefused("carries no migrations");
    }

    @Test
    void onlyAnEmbeddedRunListensOnThisMachineAlone() {
        assertThat(Given.read(settings::get, allInOne).host()).isEqualTo("127.0.0.1");
        settings.put("s2.redis.url", "redis://127.0.0.1:6379");
        assertThat(Given.read(settings::get, allInOne).host()).isEqualTo("127.0.0.1");
        settings.put("s2.postgres.url", "postgresql://fabric@db.example/fabric");
        assertThat(Given.read(settings::get, allInOne).host()).isEqualTo("0.0.0.0");

        settings.clear();
        allInOne = false;
        assertThat(Given.read(settings::get, allInOne).host())
                .as("while one is built")
                .isEqualTo("0.0.0.0");
    }

    @Test
    void onlyAProcessBesideOthersServesOnWhenItIsToEnd() {
        assertThat(Given.read(settings::get, allInOne).farewell()).isEqualTo("0s");
        settings.put("s2.postgres.url", "postgresql://fabric@db.example/fabric");
        settings.put("s2.redis.url", "redis://127.0.0.1:6379");
        assertThat(Given.read(settings::get, allInOne).farewell()).isEqualTo("5s");
    }

    @Test
    void embedsBothWhenNothingIsGiven() {
        Servers servers = choose();

        assertThat(servers.postgres()).isEmpty();
        assertThat(servers.redisUrl()).isEmpty();
        assertThat(servers.embedded()).isTrue();
    }

    @Test
    void embedsNothingWhenBothAreGiven() {
        settings.put("s2.postgres.url", "postgresql://db.example/fabric?sslmode=require");
        settings.put("s2.postgres.user", "fabric");
        settings.put("s2.postgres.password", "secret");
        settings.put("s2.redis.url", "rediss://cache.example:6380");

        Servers servers = choose();

        assertThat(servers.embedded()).isFalse();
        PostgresAddress postgres = servers.postgres().orElseThrow();
        assertThat(postgres.url()).isEqualTo("postgresql://db.example:5432/fabric?sslmode=require");
        assertThat(postgres.user()).isEqualTo("fabric");
        assertThat(postgres.password()).isEqualTo("secret");
        assertThat(servers.redisUrl()).contains("rediss://cache.example:6380");
    }

    @Test
    void embedsPostgreSqlBesideAGivenRedis() {
        settings.put("s2.redis.url", "redis://127.0.0.1:6379");

        Servers servers = choose();

        assertThat(servers.postgres()).isEmpty();
        assertThat(servers.redisUrl()).isPresent();
        assertThat(servers.embedded()).isTrue();
    }

    @Test
    void refusesAGivenPostgreSqlWithoutAGivenRedis() {
        settings.put("s2.postgres.url", "postgresql://fabric@db.example/fabric");

        assertRefused("S2_POSTGRES_URL is given without S2_REDIS_URL", "set S2_REDIS_URL");
    }

    @Test
    void aBrokerOfAmqpTakesThePlaceOfRedis() {
        settings.put("s2.postgres.url", "postgresql://fabric@db.example/fabric");
        settings.put("s2.amqp.url", "amqp://broker.example");

        assertThat(choose().embedded()).isFalse();
        assertThat(choose().amqpUrl()).contains("amqp://broker.example");
        assertThat(Given.read(settings::get, allInOne).host()).isEqualTo("0.0.0.0");

        allInOne = false;
        assertThat(choose().embedded()).isFalse();
    }

    @Test
    void embedsPostgreSqlBesideAGivenBroker() {
        settings.put("s2.amqp.url", "amqp://broker.example");

        assertThat(choose().postgres()).isEmpty();
        assertThat(choose().embedded()).isTrue();
    }

    @Test
    void refusesRedisAndAmqpAtOnce() {
        settings.put("s2.amqp.url", "amqp://broker.example");
        settings.put("s2.redis.url", "redis://127.0.0.1:6379");

        assertRefused("S2_REDIS_URL and S2_AMQP_URL are given", "unset the other");
    }

    @Test
    void refusesAnAddressOfAmqpThatIsNone() {
        settings.put("s2.amqp.url", "http://broker.example");
        assertRefused("S2_AMQP_URL is not an address of the form amqp://host:port");

        settings.put("s2.amqp.url", "amqp://user:a secret@broker.example");
        assertRefused("S2_AMQP_URL is not a URL", "percent codes");
    }

    @Test
    void refusesAnAuthorityThatWouldCheckNothing(@TempDir Path directory) throws IOException {
        settings.put("s2.amqp.url", "amqp://broker.example");
        settings.put(
                "s2.amqp.ca-file",
                Files.writeString(directory.resolve("ca.pem"), "PEM").toString());

        assertRefused("S2_AMQP_CA_FILE is given, but S2_AMQP_URL does not begin with amqps://");
    }

    @Test
    void refusesARedisAddressThatIsNone() {
        settings.put("s2.redis.url", "cache.example:6379");

        assertRefused("S2_REDIS_URL is not an address of the form redis://host:port");
    }

    @Test
    void readsThePasswordFromTheFirstLineOfAFile(@TempDir Path directory) throws IOException {
        givenBoth();
        settings.put(
                "s2.postgres.password-file",
                Files.writeString(directory.resolve("password"), "from file\n").toString());

        assertThat(choose().postgres().orElseThrow().password()).isEqualTo("from file");
    }

    @Test
    void refusesAPasswordFileThatCannotBeRead(@TempDir Path directory) {
        givenBoth();
        settings.put("s2.postgres.password-file", directory.resolve("missing").toString());

        assertRefused("S2_POSTGRES_PASSWORD_FILE names " + directory.resolve("missing"));
    }

    @Test
    void readsTheAddressOfRedisFromAFile(@TempDir Path directory) throws IOException {
        settings.put("s2.postgres.url", "postgresql://fabric@db.example/fabric");
        Path file = Files.writeString(directory.resolve("url"), "redis://:secret@cache.example\n");
        settings.put("s2.redis.url-file", file.toString());

        assertThat(choose().redisUrl()).contains("redis://:secret@cache.example");

        settings.put("s2.redis.url", "redis://cache.example");
        assertRefused("Both S2_REDIS_URL and S2_REDIS_URL_FILE are given");
    }

    @Test
    void anAuthorityForRedisWantsAnEncryptedRedis(@TempDir Path directory) throws IOException {
        givenBoth();
        Path file = directory.resolve("ca.pem");
        settings.put("s2.redis.ca-file", file.toString());
        assertRefused("S2_REDIS_CA_FILE names " + file);

        Files.writeString(file, "");
        assertRefused("S2_REDIS_CA_FILE is given", "rediss://");

        settings.put("s2.redis.url", "rediss://cache.example");
        assertThat(choose().redisCaFile()).contains(file);
    }

    @Test
    void refusesTwoPasswords(@TempDir Path directory) {
        givenBoth();
        settings.put("s2.postgres.password", "secret");
        settings.put("s2.postgres.password-file", directory.resolve("password").toString());

        assertRefused("set one of them");
    }

    @Test
    void takesBlankSettingsForAbsentOnes() {
        settings.put("s2.postgres.url", " ");
        settings.put("s2.redis.url", "");

        assertThat(choose())
                .isEqualTo(new Servers(
                        Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty()));
    }

    @Test
    void keepsDataInDotS2OfTheWorkingDirectoryUnlessToldOtherwise() {
        assertThat(Given.read(settings::get, allInOne).dataDirectory())
                .isEqualTo(Path.of("").toAbsolutePath().resolve(".s2"));

        settings.put("s2.data-dir", "/srv/fabric/../data");

        assertThat(Given.read(settings::get, allInOne).dataDirectory()).isEqualTo(Path.of("/srv/data"));
    }

    private void givenBoth() {
        settings.put("s2.postgres.url", "postgresql://fabric@db.example/fabric");
        settings.put("s2.redis.url", "redis://cache.example");
    }

    private Servers choose() {
        return Servers.choose(Given.read(settings::get, allInOne));
    }

    private void assertRefused(String... parts) {
        assertThatThrownBy(this::choose).isInstanceOf(Refusal.class).hasMessageContainingAll(parts);
    }
}
