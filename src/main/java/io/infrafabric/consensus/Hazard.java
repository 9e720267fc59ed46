package io.infrafabric.consensus;

import java.util.Arrays;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** What makes a decision dangerous: each asks for a supermajority (seed: P5). */
enum Hazard {
    LEGAL("legal"),
    SAFETY("safety"),
    /** Declared, or raised by disputed evidence; never computed from votes. */
    CONFLICT("conflict>20%");

    private final String word;

    Hazard(String word) {
        this.word = word;
    }

    /** What callers, events and memos call it. */
    String word() {
        return word;
    }

    /** The hazard that is called so, in any case. */
    static Optional<Hazard> of(String word) {
        return Arrays.stream(values())
                .filter(hazard -> hazard.word.equalsIgnoreCase(word))
                .findFirst();
    }

    /** What all of them are called. */
    static List<String> known() {
        return words(EnumSet.allOf(Hazard.class));
    }

    /** What these are called, in one order. */
    static List<String> words(Collection<Hazard> hazards) {
        return hazards.stream().sorted().map(Hazard::word).toList();
    }

    /** Those that are called so, which all exist. */
    static Set<Hazard> all(Collection<String> words) {
        Set<Hazard> hazards = EnumSet.noneOf(Hazard.class);
        words.forEach(word -> hazards.add(of(word).orElseThrow()));
        return hazards;
    }
}
