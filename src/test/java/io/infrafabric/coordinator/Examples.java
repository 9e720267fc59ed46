package io.infrafabric.coordinator;

import io.infrafabric.coordinator.session.Session;
import io.infrafabric.coordinator.task.Backoff;
import io.infrafabric.coordinator.task.Checker;
import io.infrafabric.coordinator.task.Priority;
import io.infrafabric.coordinator.task.Submission.NewTask;
import io.infrafabric.coordinator.task.Task;
import io.infrafabric.coordinator.task.Task.Dispatch;
import io.infrafabric.coordinator.task.Task.LastAttempt;
import io.infrafabric.coordinator.task.Task.Limits;
import io.infrafabric.coordinator.task.Task.Links;
import io.infrafabric.coordinator.task.Task.Origin;
import io.infrafabric.coordinator.task.Task.Progress;
import io.infrafabric.coordinator.task.Task.Requirements;
import io.infrafabric.coordinator.task.Task.Specification;
import io.infrafabric.coordinator.task.Task.State;
import io.infrafabric.coordinator.task.Task.Tenure;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/** Tasks and sessions with plain values; a test says only what it is about. */
public final class Examples {
    public static final Instant NOW = Instant.parse("2026-01-02T12:00:00Z");
    public static final Backoff BACKOFF = new Backoff(Duration.ofSeconds(1), Duration.ofMinutes(1));
    public static final Duration HALF_LIFE = Duration.ofDays(7);

    private Examples() {}

    /** A task that is queued in swarm red, with all its three attempts. */
    public static TaskExample task(String id) {
        return new TaskExample(id);
    }

    /** A live session of swarm red that may hold three tasks. */
    public static Session session(String id) {
        return session(id, List.of(), List.of());
    }

    public static Session session(String id, List<String> domains, List<String> tools) {
        return session(id, "red", domains, tools, 3, Session.State.LIVE);
    }

    public static Session session(
            String id, String swarm, List<String> domains, List<String> tools, int most, Session.State state) {
        return new Session(
                id, swarm, domains, tools, "maker", "m1", new BigDecimal("5"), most, 90, state, NOW, 4, NOW, 1);
    }

    /** A task in the making. */
    public static final class TaskExample {
        private final String id;
        private String swarm = "red";
        private List<String> domains = List.of();
        private List<String> tools = List.of();
        private List<String> dependsOn = List.of();
        private List<String> basis = List.of();
        private String assignee;
        private State state = State.QUEUED;
        private Instant notBefore = NOW.minusSeconds(60);
        private int attempts;
        private long epoch;
        private String holder;
        private String error;
        private BigDecimal cost;
        private long version = 7;
        private int open;
        private int reclaims;
        private String hash = "hash";
        private BigDecimal estimate = new BigDecimal("15");
        private Priority priority = Priority.P2;
        private String payload = "{}";
        private int maxAttempts = 3;
        private String trace = "trace-1";
        private String result;
        private List<String> requires = List.of();
        private List<String> concurrency = List.of();
        private String fairBy;
        private Map<String, String> labels = Map.of();
        private Instant expiresAt;
        private String completedBy;
        private Checker check;

        private TaskExample(String id) {
            this.id = id;
        }

        public TaskExample swarm(String its) {
            swarm = its;
            return this;
        }

        public TaskExample needs(List<String> itsDomains, List<String> itsTools) {
            domains = itsDomains;
            tools = itsTools;
            return this;
        }

        public TaskExample dependsOn(List<String> its) {
            dependsOn = its;
            return this;
        }

        public TaskExample basis(List<String> its) {
            basis = its;
            return this;
        }

        public TaskExample priority(Priority its) {
            priority = its;
            return this;
        }

        public TaskExample payload(String its) {
            payload = its;
            return this;
        }

        public TaskExample maxAttempts(int its) {
            maxAttempts = its;
            return this;
        }

        public TaskExample trace(String its) {
            trace = its;
            return this;
        }

        public TaskExample result(String its) {
            result = its;
            return this;
        }

        public TaskExample assignee(String its) {
            assignee = its;
            return this;
        }

        public TaskExample state(State its) {
            state = its;
            return this;
        }

        public TaskExample claimedBy(String session, long itsEpoch) {
            state = State.CLAIMED;
            holder = session;
            epoch = itsEpoch;
            return this;
        }

        public TaskExample epoch(long its) {
            epoch = its;
            return this;
        }

        public TaskExample notBefore(Instant its) {
            notBefore = its;
            return this;
        }

        public TaskExample attempts(int its) {
            attempts = its;
            return this;
        }

        public TaskExample failed(String itsError, BigDecimal itsCost) {
            error = itsError;
            cost = itsCost;
            return this;
        }

        public TaskExample version(long its) {
            version = its;
            return this;
        }

        public TaskExample open(int dependencies) {
            open = dependencies;
            return this;
        }

        public TaskExample estimate(String its) {
            estimate = its == null ? null : new BigDecimal(its);
            return this;
        }

        public TaskExample reclaims(int its) {
            reclaims = its;
            return this;
        }

        public TaskExample requires(String... its) {
            requires = List.of(its);
            return this;
        }

        public TaskExample concurrency(String... its) {
            concurrency = List.of(its);
            return this;
        }

        public TaskExample fairBy(String its) {
            fairBy = its;
            return this;
        }

        public TaskExample labels(Map<String, String> its) {
            labels = its;
            return this;
        }

        public TaskExample expiresAt(Instant its) {
            expiresAt = its;
            return this;
        }

        /** A module must accept its result. */
        public TaskExample completedBy(String its) {
            completedBy = its;
            return this;
        }

        public TaskExample check(Checker its) {
            check = its;
            return this;
        }

        public TaskExample hash(String its) {
            hash = its;
            return this;
        }

        private Specification specification(String title) {
            return new Specification(
                    id,
                    swarm,
                    title,
                    new Requirements(domains, tools, requires),
                    new Dispatch(priority, estimate, assignee, concurrency, fairBy),
                    labels,
                    payload,
                    new Limits(maxAttempts, expiresAt, completedBy),
                    check);
        }

        /** The task as it is submitted. */
        public NewTask wish() {
            return new NewTask(specification("Title"), dependsOn, basis, null, trace, hash);
        }

        public Task made() {
            return new Task(
                    specification("Title of " + id),
                    new Origin(trace, "operator", NOW.minusSeconds(600), 1, hash),
                    state,
                    Links.counted(open),
                    new Progress(
                            notBefore,
                            attempts,
                            epoch,
                            new Tenure(holder, holder == null ? null : NOW.plusSeconds(300), reclaims),
                            new LastAttempt(result, error, cost),
                            version,
                            NOW.minusSeconds(60)),
                    null);
        }
    }
}
