package io.infrafabric.coordinator.claim;

import io.infrafabric.coordinator.claim.Claiming.Claim;
import io.smallrye.mutiny.Uni;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Whom a test has look: everybody, unless it says otherwise. */
final class HandChoosing implements WaitingRoom.Choosing {
    Function<List<String>, List<String>> able = waiting -> waiting;
    Function<List<String>, List<String>> keysAreFree = waiting -> waiting;
    int asked;

    @Override
    public Uni<Set<String>> forWhom(String swarm, List<Claim> waiting) {
        return chosen(able, waiting);
    }

    @Override
    public Uni<Set<String>> forWhomKeysAreFree(String swarm, List<Claim> waiting) {
        return chosen(keysAreFree, waiting);
    }

    private Uni<Set<String>> chosen(Function<List<String>, List<String>> rule, List<Claim> waiting) {
        asked++;
        List<String> sessions = waiting.stream().map(Claim::session).collect(Collectors.toList());
        return Uni.createFrom().item(new LinkedHashSet<>(rule.apply(sessions)));
    }
}
