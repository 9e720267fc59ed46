package io.infrafabric.dissent;

import io.infrafabric.input.Spelling;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The parts of a memo that a search for words looks at. */
final class Searched {
    private Searched() {}

    /**
     * The text of a memo in as few parts as possible, each of at most {@code most} characters: almost always one. The
     * text about the decision, and each view, stays whole within one part, or is cut off if it alone is too long.
     */
    static List<String> parts(Memo memo, int most) {
        Stream<String> decision = Stream.of(
                memo.decisionSummary() + "\n" + memo.decisionRationale() + "\n" + String.join(" ", memo.hazards()));
        Stream<String> views = memo.dissentingViews().stream().map(Searched::text);
        List<String> parts = new ArrayList<>();
        StringBuilder part = new StringBuilder();
        for (String said : Stream.concat(decision, views).toList()) {
            // A size that certainly fits into an index entry.
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
