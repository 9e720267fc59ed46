package io.infrafabric.budget;

import java.util.ArrayList;
import java.util.List;

/** Where an account may stand in the tree. */
final class Tree {
    /** The root that accounts get as their parent if they name none. */
    static final String ROOT = "org";

    private Tree() {}

    /** What the rule says. */
    sealed interface Verdict {
        /** It may stand there, with this path from the root. */
        record Stands(List<String> path) implements Verdict {}

        /** There is no such parent. */
        record UnknownParent() implements Verdict {}

        /** The parent is the account itself, or below it. */
        record Circle(List<String> path) implements Verdict {}

        /** It, or an account below it, would be too far from the root. */
        record TooDeep() implements Verdict {}
    }

    /**
     * Decides.
     *
     * @param parentPath path of the parent, {@code null} if there is no such account
     * @param levels levels that hang on the account, itself included
     * @param maxDepth levels that the tree may have
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
