package io.infrafabric.relation;

import io.infrafabric.input.Check;
import io.infrafabric.problem.Problem;
import java.util.ArrayList;
import java.util.List;

/** The bodies of calls, and their checks. */
final class RelationBodies {
    private static final int LONGEST_LABEL = 200;
    private static final int LONGEST_FALSIFIER = 1000;
    private static final int LONGEST_TYPE = 100;
    private static final int LONGEST_URL = 2000;
    private static final int LONGEST_HASH = 200;

    private RelationBodies() {}

    /** A scope as callers write it; absent lists are empty. */
    record ScopeBody(List<String> includes, List<String> excludes) {}

    static Scope scope(String field, ScopeBody scope, int most) {
        return scope == null
                ? null
                : new Scope(
                        labels(field + ".includes", scope.includes(), most),
                        labels(field + ".excludes", scope.excludes(), most));
    }

    private static List<String> labels(String field, List<String> labels, int most) {
        List<String> given = Check.texts(field, labels, most, LONGEST_LABEL);
        return given == null ? List.of() : given;
    }

    static List<String> falsifiers(String field, List<String> falsifiers, int most) {
        return Check.texts(field, falsifiers, most, LONGEST_FALSIFIER);
    }

    /** Evidence must have an address, a hash or an origin. */
    static List<Evidence> evidence(String field, List<Evidence> evidence, int most) {
        Check.atMost(field, evidence, most);
        if (evidence == null) {
            return null;
        }
        List<Evidence> checked = new ArrayList<>(evidence.size());
        for (int i = 0; i < evidence.size(); i++) {
            String at = field + "[" + i + "]";
            Evidence piece = evidence.get(i);
            Check.text(at + ".type", piece.type(), LONGEST_TYPE);
            Check.text(at + ".url", piece.url(), LONGEST_URL);
            Check.text(at + ".hash", piece.hash(), LONGEST_HASH);
            Check.text(at + ".origin", piece.origin(), LONGEST_LABEL);
            if (piece.marks().isEmpty()) {
                throw Problem.badInput(at, "a url, a hash or an origin");
            }
            checked.add(piece);
        }
        return checked;
    }
}
