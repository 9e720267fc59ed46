package io.infrafabric.gateway.incoming;

import static io.infrafabric.gateway.incoming.CloudEventReader.as;
import static io.infrafabric.gateway.incoming.CloudEventReader.dataAt;

import io.infrafabric.command.Caller;
import io.infrafabric.event.BudgetEvent.CostReported;
import io.infrafabric.event.Catalogue;
import io.infrafabric.event.ConsensusEvent.VoteReported;
import io.infrafabric.event.CoordinatorEvent.TaskRequested;
import io.infrafabric.event.DeadlockEvent.WaitReported;
import io.infrafabric.event.Envelope;
import io.infrafabric.event.Event;
import io.infrafabric.event.RelationEvent.ClaimReported;
import io.infrafabric.event.RescueEvent.BlockerReported;
import io.infrafabric.input.Check;
import io.infrafabric.problem.Code;
import io.infrafabric.problem.Problem;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * What an event from outside asks for: a command that a function takes over its channel. A caller speaks for itself: a session
 * for its own id, account and swarm, an operator for the swarms that its token reaches. What somebody else's name stands in is
 * refused, and the refusal names the field.
 */
final class ForeignCommands {
    private static final int LONGEST_TITLE = 500;
    private static final int LONGEST_DESCRIPTION = 4000;
    private static final int MOST_WAITS = 100;
    /** The rest of an envelope has room beside it. */
    private static final int LARGEST_DATA = Envelope.MAX_BYTES - 8192;

    private static final int LONGEST_EVIDENCE = 2000;
    private static final int MOST_PIECES = 10_000;
    private static final int CONFIDENCE_DECIMALS = 4;
    private static final String SESSION_ACCOUNT = "session:";
    private static final String REJECT = "reject";
    private static final List<String> VOTES = List.of("approve", REJECT, "abstain");

    /** How a type is read. */
    private interface Maker<E> {
        Command make(ForeignEvent from, E wish, Caller caller);
    }

    /** A type that can be sent. */
    private record Kind<E extends Event>(Class<E> record, Maker<E> maker) {
        Command command(ForeignEvent from, Caller caller) {
            return maker.make(from, as(from, record), caller);
        }
    }

    private static final List<Kind<?>> KINDS = List.of(
            new Kind<>(TaskRequested.class, ForeignCommands::task),
            new Kind<>(CostReported.class, ForeignCommands::cost),
            new Kind<>(WaitReported.class, ForeignCommands::wait),
            new Kind<>(BlockerReported.class, ForeignCommands::blocker),
            new Kind<>(VoteReported.class, ForeignCommands::vote),
            new Kind<>(ClaimReported.class, ForeignCommands::claim));

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
        Kind<?> kind = KINDS.stream()
                .filter(one -> Catalogue.nameOf(one.record()).equals(event.type()))
                .findFirst()
                .orElseThrow(() -> Problem.badInput(
                        event.at() + "type",
                        "one of "
                                + KINDS.stream()
                                        .map(one -> Catalogue.nameOf(one.record()))
                                        .collect(Collectors.joining(", "))));
        // What functions get travels in envelopes, which have a bound of their own.
        if (event.data().toString().getBytes(StandardCharsets.UTF_8).length > LARGEST_DATA) {
            throw Problem.of(
                            Code.IF_ERR_PAYLOAD_TOO_LARGE,
                            "The data of an event has at most " + LARGEST_DATA + " bytes of JSON.")
                    .with("field", field(event));
        }
        return kind.command(event, caller);
    }

    private static String field(ForeignEvent event) {
        String at = dataAt(event);
        return at.substring(0, at.length() - 1);
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

    private static Command vote(ForeignEvent from, VoteReported wish, Caller caller) {
        String at = dataAt(from);
        String session = session(at, wish.session(), caller);
        String swarm = swarm(at, wish.swarm(), caller);
        String decision = Check.givenId(at + "decision", wish.decision());
        String vote = Check.given(at + "vote", wish.vote()).toLowerCase(Locale.ROOT);
        if (!VOTES.contains(vote)) {
            throw Problem.badInput(at + "vote", String.join(", ", VOTES));
        }
        BigDecimal confidence = Check.share(at + "confidence", wish.confidence(), CONFIDENCE_DECIMALS);
        Check.given(at + "rationale", wish.rationale());
        Check.texts(at + "evidence", wish.evidence(), MOST_PIECES, LONGEST_EVIDENCE);
        if (wish.falsifier() != null) {
            if (!vote.equals(REJECT)) {
                throw Problem.badInput(at + "falsifier", "none, unless the vote is reject");
            }
            Check.given(at + "falsifier.statement", wish.falsifier().statement());
            Check.given(at + "falsifier.dueAt", wish.falsifier().dueAt());
        }
        VoteReported cast = new VoteReported(
                decision,
                swarm,
                session,
                vote,
                confidence,
                wish.rationale(),
                wish.alternative(),
                wish.evidence(),
                wish.falsifier());
        return new Command(from, swarm, cast, id -> "/consensus/decisions/" + decision);
    }

    private static Command claim(ForeignEvent from, ClaimReported wish, Caller caller) {
        String at = dataAt(from);
        String swarm = swarm(at, wish.swarm(), caller);
        // An operator's claim has no author.
        String session = wish.session() == null && !caller.isSession() ? null : session(at, wish.session(), caller);
        Check.id(at + "claim", wish.claim());
        if (wish.claim() == null) {
            Check.given(at + "statement", wish.statement());
        }
        Double confidence = Check.share(at + "confidence", wish.confidence());
        Check.atMost(at + "evidence", wish.evidence(), MOST_PIECES);
        for (int i = 0; wish.evidence() != null && i < wish.evidence().size(); i++) {
            ClaimReported.Piece piece = wish.evidence().get(i);
            if (piece == null || (piece.url() == null && piece.hash() == null && piece.origin() == null)) {
                throw Problem.badInput(at + "evidence[" + i + "]", "a url, a hash or an origin");
            }
        }
        ClaimReported claim = new ClaimReported(
                wish.claim(),
                swarm,
                session,
                wish.statement(),
                confidence,
                wish.scope(),
                wish.evidence(),
                wish.falsifiers());
        return new Command(
                from, swarm, claim, id -> "/relation/claims/" + (wish.claim() == null ? id.toString() : wish.claim()));
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
