package io.infrafabric.coordinator.task;

import io.infrafabric.command.Quota;
import io.infrafabric.command.Role;
import io.infrafabric.coordinator.session.Session;
import io.infrafabric.coordinator.task.Task.Links;
import io.infrafabric.coordinator.task.Task.Origin;
import io.infrafabric.coordinator.task.Task.Progress;
import io.infrafabric.coordinator.task.Task.Specification;
import io.infrafabric.coordinator.task.Task.State;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Whether tasks may be added to a swarm, and in which state: all tasks of a command, or none. */
public final class Submission {

    /**
     * A requested task; every value is within bounds.
     *
     * @param notBefore nobody may claim it before; {@code null} for at once
     */
    public record NewTask(
            Specification specification,
            List<String> dependsOn,
            List<String> basis,
            Instant notBefore,
            String traceToken,
            String bodyHash) {
        public String id() {
            return specification.id();
        }

        public String swarm() {
            return specification.swarm();
        }

        public String assignee() {
            return specification.dispatch().assignee();
        }

        /** When it ends if nobody has it by then, {@code null} for never. */
        public Instant expiresAt() {
            return specification.limits().expiresAt();
        }

        /** The module that must accept its result, as wished; {@code null} for none. */
        public Checker check() {
            return specification.check();
        }

        /** Whether it can be added if only its swarm exists and its id does not. */
        public boolean standsAlone() {
            return assignee() == null
                    && dependsOn.isEmpty()
                    && basis.isEmpty()
                    && expiresAt() == null
                    && check() == null;
        }

        private NewTask pinned(String sha256) {
            Specification its = new Specification(
                    specification.id(),
                    specification.swarm(),
                    specification.title(),
                    specification.requirements(),
                    specification.dispatch(),
                    specification.labels(),
                    specification.payload(),
                    specification.limits(),
                    check().pinned(sha256));
            return new NewTask(its, dependsOn, basis, notBefore, traceToken, bodyHash);
        }
    }

    /**
     * Tasks that one caller submits in one call.
     *
     * @param role of the caller; {@code null} for the fabric itself, which has no quota
     * @param batch how the answer is shown
     */
    public record Submit(String by, Role role, List<NewTask> tasks, boolean batch) {
        /** A submit by the fabric itself. */
        public Submit(String by, List<NewTask> tasks, boolean batch) {
            this(by, null, tasks, batch);
        }
    }

    /** The answer to the caller. */
    public sealed interface Answer {
        /** Accepted, in the order of the command; {@code created} is false if all of them existed before. */
        record Accepted(List<Task> tasks, boolean created, boolean batch) implements Answer {}

        /** No such swarm. */
        record UnknownSwarm(String swarm) implements Answer {}

        /** The id belongs to a task with another body. */
        record Exists(String task) implements Answer {}

        /** The id belongs to a task of another swarm; the answer says no more. */
        record Taken(String task) implements Answer {}

        /** The session or the swarm has reached its quota. */
        record OverQuota(Quota.Exceeded exceeded) implements Answer {}

        /** The same id stands twice in one command. */
        record Twice(String task) implements Answer {}

        /** A dependency is neither a task of the swarm nor in the same command. */
        record UnknownDependency(String task, String dependency) implements Answer {}

        /** The task rests on a claim that nobody has stated in its swarm. */
        record UnknownBasis(String task, String claim) implements Answer {}

        /** The tasks would wait for each other in this cycle. */
        record Cycle(List<String> tasks) implements Answer {}

        /** There is no such module, or no such version of it. */
        record UnknownModule(String task, Checker check) implements Answer {}

        /** Nobody could claim the task before it ends. */
        record Expired(String task, Instant expiresAt) implements Answer {}

        /** The assignee is not a session of the swarm, or has left. */
        record UnknownAssignee(String task, String assignee) implements Answer {}

        /** The assignee lacks these of the names that the task requires. */
        record AssigneeLacks(String task, String assignee, List<String> missing) implements Answer {}
    }

    /** The answer of the rule. */
    public sealed interface Decision {
        /** New tasks to write, and existing ones. */
        record Accept(List<Placed> fresh, Map<String, Task> existing) implements Decision {}

        /** Nothing is written. */
        record Refuse(Answer answer) implements Decision {}
    }

    /**
     * A new task with the number of things that it waits for: dependencies that are not done, and disputed claims.
     *
     * @param hopeless dependencies that are dead or cancelled, and so will not be done by themselves
     * @param disputed disputed claims of its basis
     */
    public record Placed(NewTask task, int openDependencies, List<String> hopeless, List<String> disputed) {
        /** A task that {@linkplain NewTask#standsAlone stands alone}. */
        public static Placed alone(NewTask task) {
            return new Placed(task, 0, List.of(), List.of());
        }

        State state() {
            return openDependencies == 0 ? State.QUEUED : State.WAITING;
        }

        /** The task after it was added. */
        public Task added(String by, long seq, Instant at) {
            return new Task(
                    task.specification(),
                    new Origin(task.traceToken(), by, at, seq, task.bodyHash()),
                    state(),
                    Links.counted(openDependencies),
                    Progress.start(at, task.notBefore()),
                    null);
        }
    }

    /**
     * What exists already.
     *
     * @param tasks those with an id of the command, and the dependencies, by id
     * @param assignees sessions by id
     * @param disputed disputed claims of all bases, with their swarms ({@code null} if not known)
     * @param claims the swarms of existing claims of all bases
     * @param versions the versions that checkers are pinned to, by wish; omits modules that do not exist
     * @param now the database's time, needed only where a task expires
     */
    public record Known(
            Set<String> swarms,
            Map<String, Task> tasks,
            Map<String, Session> assignees,
            Map<String, String> disputed,
            Map<String, String> claims,
            Map<Checker, String> versions,
            Instant now) {
        /** Whether a task of that swarm waits for the claim. */
        boolean disputed(String claim, String swarm) {
            return disputed.containsKey(claim)
                    && (disputed.get(claim) == null || disputed.get(claim).equals(swarm));
        }
    }

    private Submission() {}

    /** Decides on one command. */
    public static Decision decide(Submit submit, Known known) {
        Map<String, NewTask> own = new LinkedHashMap<>();
        for (NewTask task : submit.tasks()) {
            if (own.putIfAbsent(task.id(), task) != null) {
                return new Decision.Refuse(new Answer.Twice(task.id()));
            }
        }
        Map<String, Task> existing = new HashMap<>();
        List<Placed> fresh = new ArrayList<>();
        for (NewTask task : submit.tasks()) {
            Answer refusal = refusal(task, own, known);
            if (refusal != null) {
                return new Decision.Refuse(refusal);
            }
            Task there = known.tasks().get(task.id());
            if (there == null) {
                fresh.add(placed(task, known));
            } else {
                existing.put(there.id(), there);
            }
        }
        List<String> cycle = cycle(own);
        return cycle.isEmpty() ? new Decision.Accept(fresh, existing) : new Decision.Refuse(new Answer.Cycle(cycle));
    }

    private static Answer refusal(NewTask task, Map<String, NewTask> own, Known known) {
        if (!known.swarms().contains(task.swarm())) {
            return new Answer.UnknownSwarm(task.swarm());
        }
        Task there = known.tasks().get(task.id());
        if (there != null) {
            if (!there.swarm().equals(task.swarm())) {
                return new Answer.Taken(task.id());
            }
            return there.origin().bodyHash().equals(task.bodyHash()) ? null : new Answer.Exists(task.id());
        }
        if (task.expiresAt() != null && !task.expiresAt().isAfter(known.now())) {
            return new Answer.Expired(task.id(), task.expiresAt());
        }
        if (task.assignee() != null) {
            Session assignee = known.assignees().get(task.assignee());
            Answer notFor = notFor(task.specification(), task.assignee(), assignee);
            if (notFor != null) {
                return notFor;
            }
        }
        for (String dependency : task.dependsOn()) {
            NewTask sibling = own.get(dependency);
            Task other = known.tasks().get(dependency);
            String swarm = sibling != null ? sibling.swarm() : other != null ? other.swarm() : null;
            if (!task.swarm().equals(swarm)) {
                return new Answer.UnknownDependency(task.id(), dependency);
            }
        }
        for (String claim : task.basis()) {
            if (!task.swarm().equals(known.claims().get(claim))) {
                return new Answer.UnknownBasis(task.id(), claim);
            }
        }
        return task.check() == null || known.versions().containsKey(task.check())
                ? null
                : new Answer.UnknownModule(task.id(), task.check());
    }

    /**
     * Why the task must not be assigned to this session ({@code null} if the session does not exist); {@code null} if
     * it may.
     */
    public static Answer notFor(Specification task, String id, Session assignee) {
        if (assignee == null || !assignee.swarm().equals(task.swarm()) || assignee.state() == Session.State.LEFT) {
            return new Answer.UnknownAssignee(task.id(), id);
        }
        List<String> missing = task.requirements().missing(assignee.domains(), assignee.tools());
        return missing.isEmpty() ? null : new Answer.AssigneeLacks(task.id(), id, missing);
    }

    private static Placed placed(NewTask task, Known known) {
        int open = 0;
        List<String> hopeless = new ArrayList<>();
        for (String dependency : task.dependsOn()) {
            Task other = known.tasks().get(dependency);
            if (other == null || other.state() != State.DONE) {
                open++;
            }
            if (other != null && other.state().isHopeless()) {
                hopeless.add(dependency);
            }
        }
        List<String> disputed = task.basis().stream()
                .filter(claim -> known.disputed(claim, task.swarm()))
                .toList();
        NewTask made =
                task.check() == null ? task : task.pinned(known.versions().get(task.check()));
        return new Placed(made, open + disputed.size(), hopeless, disputed);
    }

    /** Tasks that wait for each other, or an empty list (Kahn 1962: what no topological order can include). */
    static List<String> cycle(Map<String, NewTask> own) {
        Map<String, Integer> open = new LinkedHashMap<>();
        Map<String, List<String>> dependants = new HashMap<>();
        own.values().forEach(task -> {
            List<String> inside =
                    task.dependsOn().stream().filter(own::containsKey).toList();
            open.put(task.id(), inside.size());
            inside.forEach(dependency -> dependants
                    .computeIfAbsent(dependency, ignored -> new ArrayList<>())
                    .add(task.id()));
        });
        ArrayDeque<String> ready = new ArrayDeque<>();
        open.forEach((id, n) -> {
            if (n == 0) {
                ready.add(id);
            }
        });
        while (!ready.isEmpty()) {
            String done = ready.remove();
            open.remove(done);
            for (String dependant : dependants.getOrDefault(done, List.of())) {
                if (open.merge(dependant, -1, Integer::sum) == 0) {
                    ready.add(dependant);
                }
            }
        }
        return circle(own, open);
    }

    /** Follows dependencies among the remaining tasks until one comes twice. */
    private static List<String> circle(Map<String, NewTask> own, Map<String, Integer> left) {
        if (left.isEmpty()) {
            return List.of();
        }
        List<String> path = new ArrayList<>();
        String at = left.keySet().iterator().next();
        while (!path.contains(at)) {
            path.add(at);
            at = own.get(at).dependsOn().stream()
                    .filter(left::containsKey)
                    .findFirst()
                    .orElseThrow();
        }
        return List.copyOf(path.subList(path.indexOf(at), path.size()));
    }
}
