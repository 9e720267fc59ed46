package io.infrafabric.gateway.hooks;

import io.infrafabric.coordinator.session.SessionInbox.Item;
import io.infrafabric.coordinator.session.SessionTable.Held;
import io.infrafabric.gateway.InboxText;
import io.infrafabric.gateway.StandText;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The rule of hooks: what an agent is told at a point of its work, and when it is held up. It is held up only if it would spoil
 * something: it changes files for a task that it no longer holds, or without money, or stops with a task in its hands.
 *
 * @param session the session's id
 * @param swarm its swarm
 * @param holding its leases
 * @param mayWork whether no breaker stops it
 * @param told what it was told before
 * @param news notices that it was not told of, oldest first
 * @param now the database's time
 */
record HookRule(
        String session, String swarm, List<Held> holding, boolean mayWork, Told told, List<Item> news, Instant now) {
    /** How often an agent is kept from stopping while it has one claim. */
    static final int MOST_STOPS = 2;

    /** The tools of clients that defer them are found by name only. */
    static final String TOOLS =
            " Tools of the fabric (MCP server s2): claim_task, complete_task, fail_task, read_inbox, why.";

    private static final Set<String> LOSSES = Set.of("leaseLost", "preempted", "taskCancelled");

    /**
     * What an agent was told.
     *
     * @param upTo the number of the last notice
     * @param lost why it has lost what it held last, {@code null} if it holds something, or the user has spoken since
     * @param claim the claim for which it was kept from stopping, as task and epoch; {@code null} for none
     * @param stops how often
     */
    record Told(long upTo, String lost, String claim, int stops) {
        static final Told NOTHING = new Told(0, null, null, 0);

        Told with(String nowLost) {
            return new Told(upTo, nowLost, claim, stops);
        }
    }

    /** The answer, and what the agent was told then. */
    record Outcome(HookAnswer answer, Told told) {}

    /** A session starts, or goes on with an empty memory: it hears where it stands. */
    Outcome starts() {
        String stands = StandText.of(session, swarm, holding, now) + TOOLS;
        return new Outcome(new HookAnswer.Context(withNews(stands)), upToDate(lostNow()));
    }

    /** The user has said something, and so decides what is done from here on. */
    Outcome turnBegins() {
        return new Outcome(context(), upToDate(null));
    }

    /** A tool has ended. */
    Outcome toolEnds() {
        return new Outcome(context(), upToDate(lostNow()));
    }

    /** A tool is about to run that changes nothing. It may read the notice of a loss, which is kept in mind. */
    Outcome toolStarts() {
        return new Outcome(new HookAnswer.Nothing(), told.with(lostNow()));
    }

    /** A tool is about to run that changes files or runs commands. */
    Outcome changes() {
        String lost = lostNow();
        if (lost != null) {
            return new Outcome(
                    new HookAnswer.Deny(lost + " Change nothing for it any more. Call claim_task for another task."),
                    told.with(lost));
        }
        return new Outcome(
                mayWork
                        ? new HookAnswer.Nothing()
                        : new HookAnswer.Deny(
                                "The breaker of your account is open: no money may be spent now. Wait until an"
                                        + " operator resets it, or the day ends (00:00 UTC)."),
                told.with(null));
    }

    /** The agent wants to stop. */
    Outcome turnEnds() {
        List<Held> open =
                holding.stream().filter(held -> held.expiresAt() != null).toList();
        if (open.isEmpty()) {
            return new Outcome(new HookAnswer.Nothing(), told);
        }
        String claim =
                open.stream().map(held -> held.task() + "@" + held.epoch()).collect(Collectors.joining(","));
        int stops = claim.equals(told.claim()) ? told.stops() : 0;
        if (stops >= MOST_STOPS) {
            return new Outcome(new HookAnswer.Nothing(), told);
        }
        return new Outcome(
                new HookAnswer.GoOn(StandText.of(session, swarm, open, now)
                        + " Go on with it, or end it with complete_task, fail_task or release_task before you stop."),
                new Told(told.upTo(), told.lost(), claim, stops + 1));
    }

    private String lostNow() {
        if (!holding.isEmpty()) {
            return null;
        }
        return news.stream()
                .filter(item -> LOSSES.contains(item.type()))
                .map(InboxText::of)
                .reduce(told.lost(), (_, later) -> later);
    }

    private HookAnswer context() {
        return news.isEmpty() ? new HookAnswer.Nothing() : new HookAnswer.Context(withNews(""));
    }

    private String withNews(String text) {
        if (news.isEmpty()) {
            return text;
        }
        String lines =
                news.stream().map(item -> item.seq() + " " + InboxText.of(item)).collect(Collectors.joining("\n"));
        return text + (text.isEmpty() ? "" : "\n") + "New in your inbox:\n" + lines;
    }

    private Told upToDate(String lost) {
        long upTo = news.isEmpty() ? told.upTo() : news.getLast().seq();
        return new Told(upTo, lost, told.claim(), told.stops());
    }
}
