package io.infrafabric.input;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.infrafabric.command.Role;
import io.infrafabric.problem.Code;
import io.infrafabric.problem.Problem;
import java.math.BigDecimal;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CheckTest {

    @ParameterizedTest
    @ValueSource(strings = {"a", "P0.1.1", "session-7_x", "0", "9.A"})
    void ids_are_given_back(String id) {
        assertThat(Check.id("id", id)).isEqualTo(id);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ".a", "-a", "_a", "a b", "a/b", "ä", "a\n"})
    void other_ids_are_refused(String id) {
        refused(() -> Check.id("id", id), "id");
    }

    @Test
    void an_id_has_at_most_128_characters() {
        assertThat(Check.id("id", "a".repeat(128))).hasSize(128);
        refused(() -> Check.id("id", "a".repeat(129)), "id");
    }

    @Test
    void what_is_absent_passes_unless_it_must_be_given() {
        assertThat(Check.id("id", null)).isNull();
        assertThat(Check.text("title", null, 5)).isNull();
        assertThat(Check.money("cost", null)).isNull();
        assertThat(Check.oneOf("role", null, Role.class)).isNull();
        assertThat(Check.ids("on", null, 5)).isNull();
        refused(() -> Check.givenId("id", null), "id");
        refused(() -> Check.givenText("title", null, 5), "title");
        refused(() -> Check.given("epoch", null), "epoch");
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "0.000001", "999999999999.999999", "1.50", "1e3", "0E+99"})
    void money_is_given_back_with_the_same_value(String money) {
        assertThat(Check.money("cost", new BigDecimal(money))).isEqualByComparingTo(money);
    }

    @ParameterizedTest
    @ValueSource(strings = {"-0.01", "0.0000001", "1000000000000", "1e999999999", "1e-999999999", "-1"})
    void other_money_is_refused(String money) {
        refused(() -> Check.money("cost", new BigDecimal(money)), "cost");
    }

    @Test
    void equal_money_is_written_alike() {
        assertThat(Check.money("cost", new BigDecimal("1.50"))).isEqualTo(Check.money("cost", new BigDecimal("1.5")));
        assertThat(Check.money("cost", new BigDecimal("1e3"))).hasToString("1000");
        assertThat(Check.money("cost", new BigDecimal("0.000"))).hasToString("0");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "  ", "123456", "a\0b"})
    void text_is_neither_blank_nor_too_long_nor_holds_nul(String text) {
        refused(() -> Check.text("title", text, 5), "title");
    }

    @Test
    void an_entry_of_a_list_is_named_by_its_place() {
        assertThat(Check.ids("dependsOn", List.of("a", "b"), 2)).containsExactly("a", "b");
        refused(() -> Check.ids("dependsOn", List.of("a", "?"), 2), "dependsOn[1]");
        refused(() -> Check.ids("dependsOn", List.of("a", "b", "c"), 2), "dependsOn");
        refused(() -> Check.ids("dependsOn", Arrays.asList("a", null), 2), "dependsOn");
        refused(() -> Check.texts("tools", List.of("a", " "), 2, 9), "tools[1]");
    }

    @Test
    void numbers_are_bounded_on_both_sides() {
        assertThat(Check.between("limit", 1, 1, 500)).isOne();
        assertThat(Check.between("limit", 500, 1, 500)).isEqualTo(500);
        refused(() -> Check.between("limit", 0, 1, 500), "limit");
        refused(() -> Check.between("limit", 501, 1, 500), "limit");
    }

    @Test
    void capabilities_are_short_and_without_commas() {
        assertThat(Check.capabilities("domains", null)).isNull();
        assertThat(Check.capabilities("domains", List.of("event bus", "ä", "ä")))
                .containsExactly("event bus", "ä");
        for (String bad : List.of("", "a,b", "a\nb", "a\ud83d", "x".repeat(65))) {
            refused(() -> Check.capabilities("domains", List.of(bad)), "domains");
        }
        refused(() -> Check.capabilities("domains", Arrays.asList("a", null)), "domains");
        refused(() -> Check.capabilities("domains", Collections.nCopies(501, "a")), "domains");
    }

    @Test
    void constants_are_known_in_any_case() {
        assertThat(Check.oneOf("role", "viewer", Role.class)).isEqualTo(Role.VIEWER);
        assertThat(Check.oneOf("role", "Operator", Role.class)).isEqualTo(Role.OPERATOR);
        assertThatExceptionOfType(Problem.class)
                .isThrownBy(() -> Check.oneOf("role", "king", Role.class))
                .withMessage("role: expected one of SESSION, OPERATOR, VIEWER");
    }

    private static void refused(ThrowingCallable check, String field) {
        assertThatExceptionOfType(Problem.class).isThrownBy(check).satisfies(problem -> {
            assertThat(problem.code()).isEqualTo(Code.IF_ERR_BAD_INPUT);
            assertThat(problem.extensions()).containsEntry("field", field).containsKey("expected");
        });
    }
}
