package io.infrafabric.bus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Optional;
import org.junit.jupiter.api.Test;

class AmqpAddressTest {

    @Test
    void allButTheHostMayBeLeftOut() {
        assertThat(AmqpAddress.parse("amqp://broker"))
                .isEqualTo(
                        new AmqpAddress("broker", 5672, false, Optional.empty(), Optional.empty(), Optional.empty()));
        assertThat(AmqpAddress.parse("amqps://broker/").port()).isEqualTo(5671);
    }

    @Test
    void theLoginAndTheVirtualHostMayHoldAnything() {
        AmqpAddress address = AmqpAddress.parse("amqps://me:a%3Ab%40c+d@broker:7000/swarms");

        assertThat(address.user()).contains("me");
        assertThat(address.password()).contains("a:b@c+d");
        assertThat(address.virtualHost()).contains("swarms");
        assertThat(address.port()).isEqualTo(7000);
        assertThat(address).hasToString("amqps://broker:7000");
    }

    @Test
    void whatIsNoAddressIsRefusedWithoutItsPassword() {
        assertThatThrownBy(() -> AmqpAddress.parse("redis://me:hidden@broker"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("amqp://host:port")
                .hasMessageNotContaining("hidden");
        assertThatThrownBy(() -> AmqpAddress.parse("amqp://me:hid den@broker")).hasMessageNotContaining("den@");
        assertThatThrownBy(() -> AmqpAddress.parse("amqp:///swarms")).hasMessageContaining("names no host");
    }
}
