package io.infrafabric.dissent;

import io.infrafabric.input.Spelling;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What of a memo is searched by its words. */
final class Searched {
    private Searched() {}

    /**
     * The text of a memo in as few parts as hold it, each of at most {@code most} characters: almost always one. What is
     * said about the decision, and each view, is in one part as a whole, or cut off if it alone is longer than that.
     */
    static List<String> parts(Memo memo, int most) {
        Stream<String> decision = Stream.of(
                memo.decisionSummary() + "\n" + memo.decisionRationale() + "\n" + String.join(" ", memo.hazards()));
        Stream<String> views = memo.dissentingViews().stream().map(Searched::text);
        List<String> parts = new ArrayList<>();
        StringBuilder part = new StringBuilder();
        for (String said : Stream.concat(decision, views).toList()) {
            // As much as an index entry surely holds.
            String piece = Spelling.cut(said, most);
            if (!part.isEmpty() && part.length() + 1 + piece.length() > most) {
                parts.add(part.toString());
                part.setLength(0);
            }
            part.append(part.isEmpty() ? "" : "\n").append(piece);
        }
        parts.add(part.toString());
        return parts;
    }

    private static String text(Memo.View view) {
        Stream<String> said = Stream.of(
                view.session(),
                view.rationale(),
                view.alternativeProposed(),
                view.falsifier() == null ? null : view.falsifier().statement());
        return Stream.concat(said, view.evidenceCited().stream())
                .filter(Objects::nonNull)
                .collect(Collectors.joining("\n"));
    }
}
