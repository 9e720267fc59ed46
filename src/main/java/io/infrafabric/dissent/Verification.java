package io.infrafabric.dissent;

import io.infrafabric.dissent.Chain.Broken;
import io.infrafabric.dissent.Chain.Fault;
import io.infrafabric.dissent.Chain.Head;
import io.infrafabric.dissent.Chain.Link;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A verification of the whole chain under way, page by page: its goal and its progress. Immutable; it holds no links,
 * so a chain of any length is verified with the memory of one page.
 *
 * @param end the chain's end when it began
 * @param known an earlier head that the chain must go through, or {@code null}
 * @param at the last link up to which all are intact
 * @param memos the number of memos up to there
 * @param broken the first wrong link, or {@code null}
 * @param over whether nothing is left to look at
 */
record Verification(Head end, Head known, Head at, long memos, Broken broken, boolean over) {

    /**
     * The result of a verification.
     *
     * @param memos memos read so far
     * @param links memos and addenda read so far
     * @param head the chain's end when it began
     * @param firstBroken {@code null} if everything is intact
     */
    record Verified(boolean intact, long memos, long links, String head, Broken firstBroken) {}

    /** At the start of a chain that ends at {@code end}. */
    static Verification from(Head end, Head known) {
        return new Verification(end, known, Head.START, 0, null, false).endingIfThere();
    }

    /**
     * Goes on with the next links, in the order of the chain and without gaps; an empty page means that there are no
     * more.
     */
    Verification on(List<Link> page) {
        if (page.isEmpty()) {
            return ended(new Broken(at.position() + 1, null, Fault.MISSING));
        }
        Optional<Broken> first = Stream.concat(Chain.check(at, page).stream(), contradicts(page))
                .min((one, other) -> Long.compare(one.position(), other.position()));
        if (first.isPresent()) {
            return ended(first.get());
        }
        long more = page.stream().filter(link -> link.kind() == Chain.Kind.MEMO).count();
        return new Verification(end, known, page.getLast().head(), memos + more, null, false).endingIfThere();
    }

    Verified verified() {
        return new Verified(broken == null, memos, at.position(), end.toString(), broken);
    }

    /** A named head must be the link at its position. */
    private Stream<Broken> contradicts(List<Link> page) {
        return page.stream()
                .filter(link -> known != null
                        && link.position() == known.position()
                        && !link.hash().equals(known.hash()))
                .map(link -> new Broken(link.position(), link.decision(), Fault.NOT_THE_HEAD))
                .limit(1);
    }

    private Verification endingIfThere() {
        if (at.position() < end.position()) {
            return this;
        }
        if (known != null && known.position() > end.position()) {
            return ended(new Broken(end.position() + 1, null, Fault.MISSING));
        }
        return ended(at.equals(end) ? null : new Broken(end.position(), null, Fault.NOT_THE_HEAD));
    }

    private Verification ended(Broken first) {
        return new Verification(end, known, at, memos, first, true);
    }
}
