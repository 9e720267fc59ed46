package io.infrafabric.budget;

import java.util.ArrayList;
import java.util.List;

/** Where an account may stand in the tree. */
final class Tree {
    /** The root, the default parent of accounts. */
    static final String ROOT = "org";

    private Tree() {}

    /** The answer of the rule. */
    sealed interface Verdict {
        /** It may stand there, with this path from the root. */
        record Stands(List<String> path) implements Verdict {}

        /** The parent does not exist. */
        record UnknownParent() implements Verdict {}

        /** The parent is the account itself, or below it. */
        record Circle(List<String> path) implements Verdict {}

        /** It, or an account below it, would be too far from the root. */
        record TooDeep() implements Verdict {}
    }

    /**
     * Decides.
     *
     * @param parentPath path of the parent, {@code null} if it does not exist
     * @param levels the levels from the account downwards, itself included
     * @param maxDepth the most levels of the tree
     */
    static Verdict under(String account, List<String> parentPath, int levels, int maxDepth) {
        if (parentPath == null) {
            return new Verdict.UnknownParent();
        }
        if (parentPath.contains(account)) {
            return new Verdict.Circle(parentPath);
        }
        if (parentPath.size() + levels > maxDepth) {
            return new Verdict.TooDeep();
        }
        List<String> path = new ArrayList<>(parentPath);
        path.add(account);
        return new Verdict.Stands(List.copyOf(path));
    }
}
