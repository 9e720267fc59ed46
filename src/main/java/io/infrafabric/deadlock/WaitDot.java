package io.infrafabric.deadlock;

import static io.infrafabric.door.answer.Graphviz.quoted;

import io.infrafabric.deadlock.DeadlockAnswers.ArrowView;
import io.infrafabric.deadlock.DeadlockAnswers.GraphView;
import io.infrafabric.deadlock.DeadlockAnswers.NodeView;
import io.infrafabric.deadlock.Waits.Mode;

/** The graph in the Graphviz language: alternatives are dashed, nodes that need a human are red. */
final class WaitDot {
    private WaitDot() {}

    static String of(GraphView graph) {
        StringBuilder dot =
                new StringBuilder("digraph ").append(quoted(graph.swarm())).append(" {\n");
        for (NodeView node : graph.nodes()) {
            dot.append("  ").append(quoted(node.id()));
            if (node.human()) {
                dot.append(" [color=red]");
            }
            dot.append(";\n");
        }
        for (ArrowView arrow : graph.edges()) {
            dot.append("  ").append(quoted(arrow.from())).append(" -> ").append(quoted(arrow.to()));
            if (arrow.mode() == Mode.ANY) {
                dot.append(" [style=dashed]");
            }
            dot.append(";\n");
        }
        return dot.append("}\n").toString();
    }
}
