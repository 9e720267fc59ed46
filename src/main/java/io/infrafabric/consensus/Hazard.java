package io.infrafabric.consensus;

import java.util.Arrays;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** What makes a decision dangerous: each hazard requires a supermajority (seed: P5). */
enum Hazard {
    LEGAL("legal"),
    SAFETY("safety"),
    /** Declared, or raised by disputed evidence; never computed from votes. */
    CONFLICT("conflict>20%");

    private final String word;

    Hazard(String word) {
        this.word = word;
    }

    /** Its name for callers, events and memos. */
    String word() {
        return word;
    }

    /** The hazard with this name, regardless of case. */
    static Optional<Hazard> of(String word) {
        return Arrays.stream(values())
                .filter(hazard -> hazard.word.equalsIgnoreCase(word))
                .findFirst();
    }

    /** The names of all hazards. */
    static List<String> known() {
        return words(EnumSet.allOf(Hazard.class));
    }

    /** The names of these hazards, in a fixed order. */
    static List<String> words(Collection<Hazard> hazards) {
        return hazards.stream().sorted().map(Hazard::word).toList();
    }

    /** The hazards with these names, which must all exist. */
    static Set<Hazard> all(Collection<String> words) {
        Set<Hazard> hazards = EnumSet.noneOf(Hazard.class);
        words.forEach(word -> hazards.add(of(word).orElseThrow()));
        return hazards;
    }
}
