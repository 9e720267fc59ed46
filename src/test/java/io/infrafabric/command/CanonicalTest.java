package io.infrafabric.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.infrafabric.door.input.Json;
import java.math.BigDecimal;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CanonicalTest {
    private final ObjectMapper mapper =
            Json.rules(JsonMapper.builder().findAndAddModules().build());
    private final Canonical canonical = new Canonical(mapper);

    record Body(String b, String a, Map<String, Object> map, JsonNode tree, BigDecimal cost) {}

    @Test
    void order_of_keys_and_white_space_make_no_difference() throws JsonProcessingException {
        Body one = mapper.readValue("{\"a\":\"1\",\"b\":\"2\",\"tree\":{\"x\":1,\"y\":{\"p\":1,\"q\":2}}}", Body.class);
        Body two = mapper.readValue(
                " {\"b\":\"2\", \"tree\":{\"y\":{\"q\":2,\"p\":1},\"x\":1},\n\"a\":\"1\"}", Body.class);
        assertThat(canonical.hash(one)).isEqualTo(canonical.hash(two)).hasSize(64);
    }

    @Test
    void order_of_a_map_makes_no_difference_and_order_of_a_list_does() {
        var one = new LinkedHashMap<String, Object>();
        one.put("x", 1);
        one.put("y", 2);
        var two = new LinkedHashMap<String, Object>();
        two.put("y", 2);
        two.put("x", 1);
        assertThat(canonical.hash(one)).isEqualTo(canonical.hash(two));
        assertThat(canonical.hash(List.of(1, 2))).isNotEqualTo(canonical.hash(List.of(2, 1)));
    }

    @Test
    void an_absent_field_is_the_same_as_null_and_another_value_is_not() throws JsonProcessingException {
        String absent = canonical.hash(mapper.readValue("{\"a\":\"1\"}", Body.class));
        assertThat(canonical.hash(mapper.readValue("{\"a\":\"1\",\"b\":null}", Body.class)))
                .isEqualTo(absent);
        assertThat(canonical.hash(mapper.readValue("{\"a\":\"2\"}", Body.class)))
                .isNotEqualTo(absent);
        assertThat(canonical.hash(null)).hasSize(64).isNotEqualTo(absent);
    }

    @Test
    void a_number_with_a_hostile_exponent_is_hashed_all_the_same() throws JsonProcessingException {
        assertThat(canonical.hash(mapper.readValue("{\"cost\":1e999999999}", Body.class)))
                .hasSize(64);
    }

    @Test
    void the_scope_of_a_key_is_caller_method_path_and_key() {
        Caller caller = new Caller("s1", "red", Role.SESSION);
        var key = Idempotency.Key.of(caller, "POST", "/a", "k", "h");
        assertThat(Idempotency.Key.of(caller, "POST", "/a", "k", "h")).isEqualTo(key);
        assertThat(Idempotency.Key.of(caller, "POST", "/a", "k", "other").scope())
                .isEqualTo(key.scope());
        assertThat(Idempotency.Key.of(caller, "POST", "/b", "k", "h").scope()).isNotEqualTo(key.scope());
        assertThat(Idempotency.Key.of(caller, "PUT", "/a", "k", "h").scope()).isNotEqualTo(key.scope());
        assertThat(Idempotency.Key.of(caller, "POST", "/a", "l", "h").scope()).isNotEqualTo(key.scope());
        var other = new Caller("s2", "red", Role.SESSION);
        assertThat(Idempotency.Key.of(other, "POST", "/a", "k", "h").scope()).isNotEqualTo(key.scope());
        var again = new Caller("s1", "red", Role.SESSION, 2);
        assertThat(Idempotency.Key.of(again, "POST", "/a", "k", "h").scope()).isNotEqualTo(key.scope());
        var namesake = new Caller("s1", null, Role.OPERATOR);
        assertThat(Idempotency.Key.of(namesake, "POST", "/a", "k", "h").scope()).isNotEqualTo(key.scope());
    }
}
