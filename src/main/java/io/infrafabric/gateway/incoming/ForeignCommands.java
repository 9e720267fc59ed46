package io.infrafabric.gateway.incoming;

import static io.infrafabric.gateway.incoming.CloudEventReader.as;
import static io.infrafabric.gateway.incoming.CloudEventReader.dataAt;

import io.infrafabric.command.Caller;
import io.infrafabric.event.BudgetEvent.CostReported;
import io.infrafabric.event.Catalogue;
import io.infrafabric.event.CoordinatorEvent.TaskRequested;
import io.infrafabric.event.DeadlockEvent.WaitReported;
import io.infrafabric.event.Event;
import io.infrafabric.event.RescueEvent.BlockerReported;
import io.infrafabric.input.Check;
import io.infrafabric.problem.Problem;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;

/**
 * What an event from outside asks for: a command that a function takes over its channel. A caller speaks for itself: a session
 * for its own id, account and swarm, an operator for the swarms that its token reaches. What somebody else's name stands in is
 * refused, and the refusal names the field.
 */
final class ForeignCommands {
    private static final int LONGEST_TITLE = 500;
    private static final int LONGEST_DESCRIPTION = 4000;
    private static final int MOST_WAITS = 100;
    private static final String SESSION_ACCOUNT = "session:";

    /** The types that can be sent. */
    static final List<Class<? extends Event>> TYPES =
            List.of(TaskRequested.class, CostReported.class, WaitReported.class, BlockerReported.class);

    /**
     * A command.
     *
     * @param swarm in which it is this event
     * @param effect the address under which its effect can be found, by the id of our event
     */
    record Command(ForeignEvent from, String swarm, Event event, Function<UUID, String> effect) {}

    private ForeignCommands() {}

    /** The command of an event; a {@link Problem} if the caller may not give it, or a value is wrong. */
    static Command of(ForeignEvent event, Caller caller) {
        Class<? extends Event> record = TYPES.stream()
                .filter(type -> Catalogue.nameOf(type).equals(event.type()))
                .findFirst()
                .orElseThrow(() -> Problem.badInput(
                        event.at() + "type",
                        "one of "
                                + String.join(
                                        ", ",
                                        TYPES.stream().map(Catalogue::nameOf).toList())));
        if (record == TaskRequested.class) {
            return task(event, as(event, TaskRequested.class), caller);
        }
        if (record == CostReported.class) {
            return cost(event, as(event, CostReported.class), caller);
        }
        return record == WaitReported.class
                ? wait(event, as(event, WaitReported.class), caller)
                : blocker(event, as(event, BlockerReported.class), caller);
    }

    private static Command task(ForeignEvent from, TaskRequested wish, Caller caller) {
        String at = dataAt(from);
        String swarm = swarm(at, wish.swarm(), caller);
        Check.id(at + "id", wish.id());
        Check.givenText(at + "title", wish.title(), LONGEST_TITLE);
        Check.id(at + "assignee", wish.assignee());
        Check.money(at + "estimatedCost", wish.estimatedCost());
        TaskRequested task = new TaskRequested(
                wish.id(),
                swarm,
                wish.title(),
                Check.capabilities(at + "domains", wish.domains()),
                Check.capabilities(at + "tools", wish.tools()),
                wish.priority(),
                wish.estimatedCost(),
                wish.dependsOn(),
                wish.basis(),
                wish.assignee(),
                wish.payload(),
                wish.check());
        return new Command(
                from, swarm, task, id -> "/coordinator/tasks/" + (wish.id() == null ? id.toString() : wish.id()));
    }

    private static Command cost(ForeignEvent from, CostReported wish, Caller caller) {
        String at = dataAt(from);
        if (wish.amount() == null || wish.amount().signum() < 0) {
            throw Problem.badInput(at + "amount", "US dollars, at least 0");
        }
        Check.money(at + "amount", wish.amount());
        Check.id(at + "id", wish.id());
        Check.id(at + "task", wish.task());
        String account =
                wish.account() == null && caller.isSession() ? SESSION_ACCOUNT + caller.subject() : wish.account();
        Check.given(at + "account", account);
        if (caller.isSession()) {
            named(
                    at + "account",
                    () -> caller.mustBe(
                            account.startsWith(SESSION_ACCOUNT)
                                    ? account.substring(SESSION_ACCOUNT.length())
                                    : account));
        } else if (!account.equals("swarm:" + caller.swarm())) {
            // Only the database knows in which swarm another account is.
            named(at + "account", caller::mustOperateAll);
        }
        String swarm = wish.swarm() == null && caller.swarm() == null ? null : swarm(at, wish.swarm(), caller);
        CostReported cost = new CostReported(
                wish.id(),
                account,
                swarm,
                wish.amount(),
                wish.task(),
                wish.epoch(),
                wish.model(),
                wish.tokensIn(),
                wish.tokensOut(),
                wish.what(),
                wish.at());
        return new Command(from, swarm, cost, id -> "/budget/accounts/" + account + "/entries");
    }

    private static Command wait(ForeignEvent from, WaitReported wish, Caller caller) {
        String at = dataAt(from);
        String session = session(at, wish.session(), caller);
        String swarm = swarm(at, wish.swarm(), caller);
        Check.atMost(at + "waitingOn", Check.given(at + "waitingOn", wish.waitingOn()), MOST_WAITS);
        Check.id(at + "task", wish.task());
        WaitReported wait = new WaitReported(
                session,
                swarm,
                wish.waitingOn(),
                wish.mode(),
                wish.reason(),
                wish.task(),
                wish.since(),
                wish.sequence());
        return new Command(from, swarm, wait, id -> "/deadlock/waits/" + session);
    }

    private static Command blocker(ForeignEvent from, BlockerReported wish, Caller caller) {
        String at = dataAt(from);
        String session = session(at, wish.session(), caller);
        String swarm = swarm(at, wish.swarm(), caller);
        Check.givenText(at + "description", wish.description(), LONGEST_DESCRIPTION);
        Check.id(at + "blocker", wish.blocker());
        Check.id(at + "task", wish.task());
        BlockerReported blocker = new BlockerReported(
                wish.blocker(),
                swarm,
                session,
                wish.task(),
                wish.description(),
                Check.capabilities(at + "domains", wish.domains()),
                Check.capabilities(at + "tools", wish.tools()),
                wish.severity());
        return new Command(
                from,
                swarm,
                blocker,
                id -> "/rescue/blockers/" + (wish.blocker() == null ? id.toString() : wish.blocker()));
    }

    private static String swarm(String at, String given, Caller caller) {
        String swarm = Check.givenId(at + "swarm", given == null ? caller.swarm() : given);
        named(at + "swarm", () -> caller.mustActIn(swarm));
        return swarm;
    }

    private static String session(String at, String given, Caller caller) {
        String session = given == null && caller.isSession() ? caller.subject() : Check.givenId(at + "session", given);
        named(at + "session", () -> caller.mustBe(session));
        return session;
    }

    private static void named(String field, Runnable check) {
        try {
            check.run();
        } catch (Problem refusal) {
            throw refusal.with("field", field);
        }
    }
}
