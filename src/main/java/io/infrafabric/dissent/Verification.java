package io.infrafabric.dissent;

import io.infrafabric.dissent.Chain.Broken;
import io.infrafabric.dissent.Chain.Fault;
import io.infrafabric.dissent.Chain.Head;
import io.infrafabric.dissent.Chain.Link;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A verification of the whole chain under way, page by page: what it must come to, and how far it is. Immutable; it holds no
 * link, so a chain of any length is verified with the memory of one page.
 *
 * @param end the chain's end when it began
 * @param known a head that was seen earlier, which the chain must go through; {@code null} for none
 * @param at the last link that is what it says, up to which all are
 * @param memos among the links up to there
 * @param broken the first link that is wrong, {@code null} if none was found
 * @param over whether there is nothing more to look at
 */
record Verification(Head end, Head known, Head at, long memos, Broken broken, boolean over) {

    /**
     * What a verification found.
     *
     * @param memos memos that were read until then
     * @param links memos and addenda that were read until then
     * @param head the chain's end when it began
     * @param firstBroken {@code null} if all is intact
     */
    record Verified(boolean intact, long memos, long links, String head, Broken firstBroken) {}

    /** At the start of a chain that ends at {@code end}. */
    static Verification from(Head end, Head known) {
        return new Verification(end, known, Head.START, 0, null, false).endingIfThere();
    }

    /** After the next links, in the order of the chain; none are left out, and none at all means that there are none. */
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

    /** A head that is named must be the link at its place. */
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
