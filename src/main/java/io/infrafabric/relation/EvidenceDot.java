package io.infrafabric.relation;

import static io.infrafabric.door.answer.Graphviz.quoted;

import io.infrafabric.input.Spelling;
import io.infrafabric.input.Unicode;
import java.util.Arrays;
import java.util.stream.Collectors;

/** A graph in the Graphviz language: claims as boxes with their standing, relations as arrows. */
final class EvidenceDot {
    private static final int LABEL = 80;

    private EvidenceDot() {}

    static String of(Graph graph) {
        StringBuilder dot =
                new StringBuilder("digraph relation {\n  rankdir=LR;\n  node [shape=box, style=rounded];\n");
        for (Claim claim : graph.claims()) {
            dot.append("  ").append(quoted(node(claim.id(), claim.version())));
            dot.append(" [label=")
                    .append(quoted(claim.id() + " v" + claim.version() + "\n" + cut(claim.statement()) + "\n"
                            + claim.standing() + ", strength " + claim.strength()));
            dot.append(", color=").append(color(claim)).append("];\n");
        }
        for (Relation relation : graph.relations()) {
            dot.append("  ").append(quoted(node(relation.from(), relation.fromVersion())));
            dot.append(" -> ").append(quoted(node(relation.to(), relation.toVersion())));
            dot.append(" [label=").append(quoted(relation.type().wire()));
            dot.append(relation.type() == Relation.Type.CONTRADICTS ? ", dir=both, color=red];\n" : "];\n");
        }
        if (graph.bound().more()) {
            dot.append("  // There is more: this graph was limited to depth ")
                    .append(graph.bound().depth())
                    .append(", ");
            dot.append(graph.bound().claims())
                    .append(" claims and ")
                    .append(graph.bound().relations());
            dot.append(" relations.\n");
        }
        return dot.append("}\n").toString();
    }

    private static String node(String claim, int version) {
        return claim + "@" + version;
    }

    private static String color(Claim claim) {
        return switch (claim.standing()) {
            case ACCEPTED -> claim.disputed() ? "orange" : "darkgreen";
            case REJECTED -> "red";
            case UNDECIDED -> "orange";
        };
    }

    /** The beginning, line by line. Characters that move a cursor or change the writing direction appear as escapes. */
    private static String cut(String statement) {
        String shown = Arrays.stream(statement.replace("\r\n", "\n").split("\n", -1))
                .map(Unicode::inOneLine)
                .collect(Collectors.joining("\n"));
        return shown.length() <= LABEL ? shown : Spelling.cut(shown, LABEL) + "…";
    }
}
