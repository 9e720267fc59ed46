package io.infrafabric.bus;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.Diagnostic;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What takes locks in another order than {@link Locks} has does not compile. */
class LocksTest {
    private static final List<String> IN_ORDER = List.of(
            "work.inOrder(turn, sessions, accounts, tasks)",
            "work.inOrder(sessions, Lock.none(read), tasks, Lock.none(read))",
            "work.inOrder(accounts, accounts)",
            "work.inOrder(tree, accounts, decisions)",
            "turn.then(shared -> sessions).then(() -> decisions).take()",
            "turn.then(proof -> Lock.none(read)).then(() -> tree).then(() -> accounts).take()",
            "sessions.then(() -> tree).then(() -> decisions).then(() -> tasks).take()",
            "decisions.then(end -> decisions).take()",
            "sessions.then(() -> accounts).then(answer -> tasks).take()",
            "sessions.then(() -> Lock.none(read)).then(() -> accounts).take()");

    private static final List<String> NOT_IN_ORDER = List.of(
            "work.inOrder(accounts, sessions)",
            "work.inOrder(accounts, tree)",
            "work.inOrder(tree, sessions, accounts)",
            "work.inOrder(tasks, decisions)",
            "decisions.then(end -> turn)",
            "decisions.then(() -> sessions)",
            "accounts.then(purses -> tree)",
            "tasks.then(() -> Lock.none(read)).then(() -> decisions)",
            "turn.then(() -> decisions).then(() -> accounts)",
            "work.inOrder(turn, sessions, tasks, accounts)",
            "work.inOrder(tasks, Lock.none(read), accounts)",
            "work.inOrder(sessions, turn, accounts, tasks)",
            "tasks.then(() -> sessions)",
            "sessions.then(() -> tasks).then(() -> accounts)",
            "sessions.then(() -> accounts).then(answer -> sessions)",
            "accounts.then(() -> Lock.none(read)).then(() -> sessions)");

    @TempDir
    Path classes;

    @Test
    void only_the_order_compiles() {
        assertThat(refused()).isEqualTo(new HashSet<>(NOT_IN_ORDER));
    }

    /** Those that the compiler refuses; each stands on a line of its own. */
    private Set<String> refused() {
        String taken = Stream.concat(IN_ORDER.stream(), NOT_IN_ORDER.stream())
                .map(locks -> "{ Object taken = " + locks + "; }")
                .collect(Collectors.joining("\n"));
        String source = """
                import io.infrafabric.bus.*;
                import io.smallrye.mutiny.Uni;
                abstract class Taken {
                    Work work;
                    Lock<Locks.Turns, Integer> turn;
                    Lock<Locks.Sessions, String> sessions;
                    Lock<Locks.Tree, Double> tree;
                    Lock<Locks.Accounts, Long> accounts;
                    Lock<Locks.Decisions, Short> decisions;
                    Lock<Locks.Tasks, Void> tasks;
                    Uni<Boolean> read;
                %s
                }
                """.formatted(taken);
        DiagnosticCollector<JavaFileObject> said = new DiagnosticCollector<>();
        List<String> options =
                List.of("-proc:none", "-d", classes.toString(), "-cp", System.getProperty("java.class.path"));
        ToolProvider.getSystemJavaCompiler()
                .getTask(null, null, said, options, null, List.of(new Source(source)))
                .call();
        List<String> lines = source.lines().toList();
        return said.getDiagnostics().stream()
                .filter(one -> one.getKind() == Diagnostic.Kind.ERROR)
                .map(error -> lines.get((int) error.getLineNumber() - 1))
                .map(line -> line.substring(line.indexOf('=') + 2, line.lastIndexOf(';')))
                .collect(Collectors.toSet());
    }

    private static final class Source extends SimpleJavaFileObject {
        private final String text;

        Source(String text) {
            super(URI.create("string:///Taken.java"), Kind.SOURCE);
            this.text = text;
        }

        @Override
        public CharSequence getCharContent(boolean ignoreEncodingErrors) {
            return text;
        }
    }
}
