package io.infrafabric.deadlock;

import io.infrafabric.deadlock.Waits.Message;
import io.infrafabric.deadlock.Waits.Mode;
import io.infrafabric.input.Check;
import io.infrafabric.problem.Problem;
import java.util.List;
import java.util.regex.Pattern;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/** The bodies of calls, and the checks that turn them into reports of waits. A failed check names the field. */
final class DeadlockBodies {
    private static final int TEXT = 4000;
    // An account's id begins with a kind of its own.
    private static final Pattern ACCOUNT = Pattern.compile("(org|(session|swarm):[A-Za-z0-9][A-Za-z0-9._-]{0,127})");

    private DeadlockBodies() {}

    /** {@code PUT /deadlock/waits/{session}}. */
    @Schema(name = "WaitsBody")
    record PutBody(
            @Schema(
                    description = "Sessions, or task:, blocker:, decision:, account: or human: with an id",
                    examples = "[\"session-3-h323\",\"task:P0.1.5\"]")
            List<String> waitingOn,

            @Schema(description = "Whether it needs ALL of them or ANY one (ALL)", examples = "ALL")
            String mode,

            @Schema(examples = "The bridge needs their interface contracts.")
            String reason,

            @Schema(description = "What it was working on") String taskId,

            @Schema(description = "When it began, if not now", examples = "2025-11-11T21:57:14Z")
            String since,

            @Schema(
                    description = "The highest counts, in whatever order calls arrive; absent means newer than all "
                            + "before")
            Long version) {

        Message.Put check(int most) {
            return new Message.Put(
                    targets("waitingOn", Check.given("waitingOn", waitingOn), most),
                    mode == null ? Mode.ALL : Check.oneOf("mode", mode, Mode.class),
                    Check.text("reason", reason, TEXT),
                    Check.id("taskId", taskId),
                    Check.instant("since", since),
                    positive(version));
        }
    }

    /** {@code POST /deadlock/waits/{session}/edges}. */
    @Schema(name = "MoreWaitsBody")
    record AddBody(
            @Schema(examples = "[\"session-3-h323\"]") List<String> waitingOn,

            @Schema(description = "When it began, if not now")
            String since,

            @Schema(description = "As in PUT") Long version) {

        Message.Add check(int most) {
            return new Message.Add(
                    targets("waitingOn", Check.given("waitingOn", waitingOn), most),
                    Check.instant("since", since),
                    positive(version));
        }
    }

    /** Names of things to wait for, each once. */
    static List<String> targets(String field, List<String> names, int most) {
        Check.atMost(field, names, most);
        return names.stream().map(name -> target(field, name)).distinct().toList();
    }

    static String target(String field, String name) {
        WaitTarget target = WaitTarget.of(name)
                .orElseThrow(() ->
                        Problem.badInput(field, "a session's id, or one of " + WaitTarget.kinds() + " with an id"));
        if (target.kind() != WaitTarget.Kind.ACCOUNT) {
            Check.givenId(field, target.id());
        } else if (!ACCOUNT.matcher(target.id()).matches()) {
            throw Problem.badInput(field, "account:org, account:swarm:<id> or account:session:<id>");
        }
        return target.name();
    }

    static Long positive(Long version) {
        return version == null ? null : Check.between("version", version, 1, Long.MAX_VALUE / 2);
    }
}
