package io.infrafabric.consensus;

import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * How a decision opens: freezes its rules and its electorate. A session may tighten the rules of its decision; only an
 * operator may loosen them. Leaving out a live session and closing earlier than usual both count as loosening: sessions
 * that are not asked, or not in time, cannot object.
 */
sealed interface Opening {

    /** An elector, as it was when the decision opened. */
    record Elector(String session, String provider, String model) {}

    /** A session of the swarm. */
    record Member(Elector elector, boolean live) {}

    /** The opener's wishes; {@code null} means the usual value. */
    record Wish(
            List<String> electorate,
            Integer quorum,
            BigDecimal supermajority,
            Instant closesAt,
            Boolean sealed,
            BigDecimal minIndependent) {}

    /** The usual values of the swarm. */
    record Usual(
            int quorum,
            BigDecimal majority,
            BigDecimal supermajority,
            Duration voting,
            Duration longestVoting,
            BigDecimal correlation,
            int maxElectors) {}

    /** It opens with these rules and electors. */
    record Frozen(Rules rules, List<Elector> electors) implements Opening {}

    /** The quorum could never be reached. */
    record QuorumAboveElectorate(int quorum, int electors) implements Opening {}

    /** Only an operator may loosen this. */
    record Loosened(String field, String usual) implements Opening {}

    /** These sessions do not belong to the swarm, or have left it. */
    record UnknownElectors(List<String> sessions) implements Opening {}

    /** A value is out of bounds. */
    record OutOfBounds(String field, String expected) implements Opening {}

    /**
     * Decides.
     *
     * @param members the swarm's live sessions, and sessions named in the wish that have not left
     */
    static Opening decide(Wish wish, Usual usual, List<Member> members, boolean operator, Instant now) {
        Map<String, Member> known =
                members.stream().collect(Collectors.toMap(m -> m.elector().session(), Function.identity()));
        Set<String> named = wish.electorate() == null
                ? new LinkedHashSet<>(members.stream()
                        .filter(Member::live)
                        .map(m -> m.elector().session())
                        .toList())
                : new LinkedHashSet<>(wish.electorate());
        List<String> unknown =
                named.stream().filter(session -> !known.containsKey(session)).toList();
        if (!unknown.isEmpty()) {
            return new UnknownElectors(unknown);
        }
        if (named.size() > usual.maxElectors()) {
            return new OutOfBounds("electorate", "at most " + usual.maxElectors() + " sessions, not " + named.size());
        }
        Rules rules = rules(wish, usual, now);
        Opening refused = bounds(rules, usual, named.size(), now);
        if (refused == null && !operator) {
            refused = loosened(rules, usual, known, named, now);
        }
        if (refused != null) {
            return refused;
        }
        if (rules.quorum() > named.size()) {
            return new QuorumAboveElectorate(rules.quorum(), named.size());
        }
        List<Elector> electors = new ArrayList<>();
        named.forEach(session -> electors.add(known.get(session).elector()));
        return new Frozen(rules, List.copyOf(electors));
    }

    private static Rules rules(Wish wish, Usual usual, Instant now) {
        return new Rules(
                wish.quorum() == null ? usual.quorum() : wish.quorum(),
                usual.majority(),
                wish.supermajority() == null ? usual.supermajority() : wish.supermajority(),
                wish.closesAt() == null ? now.plus(usual.voting()) : wish.closesAt(),
                wish.sealed() != null && wish.sealed(),
                usual.correlation(),
                wish.minIndependent());
    }

    private static Opening bounds(Rules rules, Usual usual, int electors, Instant now) {
        if (!rules.closesAt().isAfter(now) || rules.closesAt().isAfter(now.plus(usual.longestVoting()))) {
            return new OutOfBounds("closesAt", "a time in the future, at most " + usual.longestVoting() + " ahead");
        }
        if (rules.minIndependent() != null && rules.minIndependent().compareTo(BigDecimal.valueOf(electors)) > 0) {
            return new OutOfBounds("minIndependent", "no more than the electorate, " + electors);
        }
        return null;
    }

    private static Opening loosened(
            Rules rules, Usual usual, Map<String, Member> known, Set<String> named, Instant now) {
        if (rules.quorum() < usual.quorum()) {
            return new Loosened("quorum", Integer.toString(usual.quorum()));
        }
        if (rules.supermajority().compareTo(usual.supermajority()) < 0) {
            return new Loosened("supermajority", usual.supermajority().toPlainString());
        }
        if (rules.closesAt().isBefore(now.plus(usual.voting()))) {
            return new Loosened("closesAt", "in " + usual.voting());
        }
        Set<String> leftOut = new HashSet<>();
        known.forEach((session, member) -> {
            if (member.live() && !named.contains(session)) {
                leftOut.add(session);
            }
        });
        return leftOut.isEmpty() ? null : new Loosened("electorate", "all live sessions of the swarm");
    }
}
