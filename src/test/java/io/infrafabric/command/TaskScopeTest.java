package io.infrafabric.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.infrafabric.command.TaskScope.Reason;
import io.infrafabric.input.PlainPath;
import io.infrafabric.problem.Code;
import io.infrafabric.problem.Problem;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TaskScopeTest {
    private static final TaskScope EVERYTHING =
            scope("GET /*", "HEAD /*", "POST /*", "PUT /*", "PATCH /*", "DELETE /*", "OPTIONS /*");

    private static TaskScope scope(String... endpoints) {
        return new TaskScope(
                "c",
                "mine",
                3,
                Stream.of(endpoints)
                        .map(one -> Endpoint.read(one).orElseThrow())
                        .toList());
    }

    private static Reason refusing(TaskScope scope, String method, String path) {
        return scope.refusing(method, PlainPath.spellings(path));
    }

    @Test
    void without_endpoints_nothing_is_allowed() {
        for (String path : List.of("/", "/coordinator/tasks/mine", "/q/health")) {
            assertThat(refusing(scope(), "GET", path)).isEqualTo(Reason.NOT_NAMED);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "PUT, /coordinator/sessions/me",
        "POST, /coordinator/sessions/batch",
        "DELETE, /coordinator/sessions/me",
        "POST, /coordinator/sessions/me/tokens",
        "DELETE, /coordinator/sessions/me/tokens",
        "POST, /coordinator/sessions/me/heartbeat",
        "POST, /coordinator/sessions/me/claims",
        "POST, /coordinator/sessions/me/inbox/ack",
        "GET, /coordinator/sessions/me/inbox",
        "POST, /coordinator/sessions/%6de/%63laims",
        "POST, /coordinator/tasks/mine/renew",
        "POST, /coordinator/tasks/mine/%72enew",
        "POST, /coordinator/tasks/mine/%2572enew",
        "POST, /coordinator/joins",
        "POST, /coordinator/tokens",
        "POST, /stealing/sessions/me/idle",
        "POST, /consensus/decisions/d/votes",
        "DELETE, /chassis/credentials"
    })
    void what_is_the_sessions_own_is_never_allowed(String method, String path) {
        assertThat(refusing(EVERYTHING, method, path)).isEqualTo(Reason.NEVER);
        String exactly = method + " " + PlainPath.spellings(path).getLast();
        assertThat(refusing(scope(exactly), method, PlainPath.spellings(path).getLast()))
                .isEqualTo(Reason.NEVER);
    }

    @ParameterizedTest
    @CsvSource({
        "POST, /coordinator/tasks/other/complete",
        "GET, /coordinator/tasks/other",
        "GET, /coordinator/tasks/mine2",
        "PATCH, /coordinator/tasks/%6fther",
        "POST, /coordinator/tasks/%256dine/complete",
        "GET, /coordinator/tasks/other/why"
    })
    void other_tasks_are_not(String method, String path) {
        assertThat(refusing(EVERYTHING, method, path)).isEqualTo(Reason.OTHER_TASK);
    }

    @ParameterizedTest
    @CsvSource({
        "POST, /coordinator/tasks/mine/complete",
        "POST, /coordinator/tasks/%6dine/complete",
        "GET, /coordinator/tasks/mine",
        "POST, /coordinator/tasks",
        "POST, /coordinator/tasks/batch",
        "GET, /coordinator/sessions/me",
        "POST, /budget/accounts/session:me/costs",
        "POST, /bulkhead/providers/anthropic/call/v1/messages",
        "POST, /consensus/decisions",
        "GET, /consensus/decisions/d/votes",
        "POST, /chassis/credentials",
        "DELETE, /chassis/credentials/c"
    })
    void the_rest_is_if_it_is_named(String method, String path) {
        assertThat(refusing(EVERYTHING, method, path)).isNull();
        assertThatCode(() -> EVERYTHING.mustAllow(method, path)).doesNotThrowAnyException();
    }

    @Test
    void a_refusal_names_the_credential_and_why() {
        assertThatThrownBy(() -> scope("GET /a").mustAllow("GET", "/a/../b"))
                .isInstanceOfSatisfying(Problem.class, problem -> {
                    assertThat(problem.code()).isEqualTo(Code.IF_ERR_ENDPOINT_NOT_ALLOWED);
                    assertThat(problem.extensions())
                            .containsEntry("reason", "NOT_NAMED")
                            .containsEntry("credential", "c");
                });
    }

    @Test
    void nothing_is_given_on_that_is_not_there() {
        TaskScope scope = scope("GET /a/*", "POST /b");
        assertThatCode(() -> scope.mustCover(
                        "mine", scope("GET /a/b", "GET /a/b/*", "POST /b").endpoints()))
                .doesNotThrowAnyException();
        assertThatCode(() -> scope.mustCover("mine", List.of())).doesNotThrowAnyException();
        for (String beyond :
                List.of("GET /a", "GET /a*", "GET /*", "POST /a/b", "POST /b*", "POST /b/c", "DELETE /b")) {
            assertThatThrownBy(() ->
                            scope.mustCover("mine", scope("POST /b", beyond).endpoints()))
                    .as(beyond)
                    .isInstanceOf(Problem.class);
        }
        assertThatThrownBy(() -> scope.mustCover("other", List.of())).isInstanceOf(Problem.class);
    }

    /** Whatever a scope covers of another one, a call that the other one allows it allows, too. */
    @Test
    void a_narrower_scope_allows_no_more() {
        Random random = new Random(7);
        List<String> paths =
                List.of("/a", "/a/b", "/a/bc", "/a/b/c", "/b", "/coordinator/tasks/mine", "/coordinator/tasks/x");
        for (int i = 0; i < 20_000; i++) {
            TaskScope wide = scope(some(random), some(random));
            TaskScope narrow = scope(some(random), some(random));
            try {
                wide.mustCover("mine", narrow.endpoints());
            } catch (Problem beyond) {
                continue;
            }
            for (String path : paths) {
                for (String method : List.of("GET", "POST")) {
                    if (refusing(narrow, method, path) == null) {
                        assertThat(refusing(wide, method, path))
                                .as("%s %s: %s within %s", method, path, narrow, wide)
                                .isNull();
                    }
                }
            }
        }
    }

    private static String some(Random random) {
        List<String> paths =
                List.of("/*", "/a", "/a*", "/a/*", "/a/b", "/a/b*", "/b", "/coordinator/*", "/coordinator/tasks/m*");
        return (random.nextBoolean() ? "GET " : "POST ") + paths.get(random.nextInt(paths.size()));
    }
}
