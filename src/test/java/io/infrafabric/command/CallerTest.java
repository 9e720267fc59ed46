package io.infrafabric.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.infrafabric.problem.Problem;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The table of who may do what. */
class CallerTest {
    private static final Map<String, Caller> CALLERS = Map.of(
            "s1", new Caller("s1", "red", Role.SESSION),
            "s2", new Caller("s2", "red", Role.SESSION),
            "foreign", new Caller("s3", "blue", Role.SESSION),
            "operator", new Caller("ann", null, Role.OPERATOR),
            "redOperator", new Caller("bob", "red", Role.OPERATOR),
            "blueOperator", new Caller("cid", "blue", Role.OPERATOR),
            "viewer", new Caller("dan", null, Role.VIEWER),
            "blueViewer", new Caller("eve", "blue", Role.VIEWER));

    private static final Map<String, Consumer<Caller>> CHECKS = Map.of(
            "operate", caller -> caller.mustOperate("red"),
            "operateAll", Caller::mustOperateAll,
            "be", caller -> caller.mustBe("s1"),
            "beOrOperate", caller -> caller.mustBeOrOperate("s1", "red"),
            "read", caller -> caller.mustRead("red"),
            "actIn", caller -> caller.mustActIn("red"));

    /** For session s1 in swarm red: "-" passes; otherwise the code of the refusal. */
    @ParameterizedTest(name = "{0}")
    @CsvSource(useHeadersInDisplayName = true, delimiter = '|', textBlock = """
            caller       | operate   | operateAll | be               | beOrOperate      | read      | actIn
            s1           | FORBIDDEN | FORBIDDEN  | -                | -                | -         | -
            s2           | FORBIDDEN | FORBIDDEN  | NOT_YOUR_SESSION | NOT_YOUR_SESSION | -         | -
            foreign      | FORBIDDEN | FORBIDDEN  | NOT_YOUR_SESSION | NOT_YOUR_SESSION | FORBIDDEN | FORBIDDEN
            operator     | -         | -          | FORBIDDEN        | -                | -         | -
            redOperator  | -         | FORBIDDEN  | FORBIDDEN        | -                | -         | -
            blueOperator | FORBIDDEN | FORBIDDEN  | FORBIDDEN        | FORBIDDEN        | FORBIDDEN | FORBIDDEN
            viewer       | FORBIDDEN | FORBIDDEN  | FORBIDDEN        | FORBIDDEN        | -         | FORBIDDEN
            blueViewer   | FORBIDDEN | FORBIDDEN  | FORBIDDEN        | FORBIDDEN        | FORBIDDEN | FORBIDDEN
            """)
    void may(String caller, String operate, String all, String be, String beOrOperate, String read, String actIn) {
        assertThat(outcome(caller, "operate")).isEqualTo(operate);
        assertThat(outcome(caller, "operateAll")).isEqualTo(all);
        assertThat(outcome(caller, "be")).isEqualTo(be);
        assertThat(outcome(caller, "beOrOperate")).isEqualTo(beOrOperate);
        assertThat(outcome(caller, "read")).isEqualTo(read);
        assertThat(outcome(caller, "actIn")).isEqualTo(actIn);
    }

    @Test
    void nobody_is_named_as_another_is() {
        assertThat(new Caller("ann", "red", Role.SESSION).by()).isEqualTo("ann");
        assertThat(new Caller("ann", "red", Role.OPERATOR).by()).isEqualTo("operator:ann");
        assertThat(new Caller("ann", null, Role.VIEWER).by()).isEqualTo("viewer:ann");
        assertThat(Caller.operator("operator:ann", "red")).isEqualTo(new Caller("ann", "red", Role.OPERATOR));
        assertThat(Caller.operator("ann", "red")).isEqualTo(new Caller("ann", "red", Role.OPERATOR));
    }

    @Test
    void a_session_without_a_swarm_cannot_be() {
        assertThatIllegalArgumentException().isThrownBy(() -> new Caller("s1", null, Role.SESSION));
    }

    @Test
    void only_a_token_of_all_swarms_reads_the_whole_installation() {
        assertThat(CALLERS.get("viewer").reaches(null)).isTrue();
        Problem refusal =
                catchThrowableOfType(Problem.class, () -> CALLERS.get("s1").mustRead(null));
        assertThat(refusal).hasMessageContaining("swarm red").hasMessageContaining("whole installation");
    }

    private static String outcome(String caller, String check) {
        Problem refusal =
                catchThrowableOfType(Problem.class, () -> CHECKS.get(check).accept(CALLERS.get(caller)));
        return refusal == null ? "-" : refusal.code().name().replace("IF_ERR_", "");
    }
}
