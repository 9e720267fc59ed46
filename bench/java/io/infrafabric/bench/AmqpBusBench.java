package io.infrafabric.bench;

import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Tag;

/** The bus on a broker of AMQP. */
@Tag("bench")
@QuarkusTest
@TestProfile(AmqpBusBench.AmqpWriterOnly.class)
class AmqpBusBench extends BusBench {

    /** The application in this process, on the broker and without its readers. */
    public static final class AmqpWriterOnly implements QuarkusTestProfile {
        @Override
        public Map<String, String> getConfigOverrides() {
            Map<String, String> settings =
                    new HashMap<>(Ground.freshOnAmqp("bus_amqp").configuration());
            settings.putAll(NO_READERS);
            return settings;
        }
    }

    @Override
    Channel channel() {
        return Channel.AMQP;
    }
}
