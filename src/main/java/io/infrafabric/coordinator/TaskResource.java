package io.infrafabric.coordinator;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.infrafabric.chassis.ChassisConfig;
import io.infrafabric.command.Caller;
import io.infrafabric.command.Canonical;
import io.infrafabric.command.Idempotency;
import io.infrafabric.command.Once.Keep;
import io.infrafabric.coordinator.CoordinatorBodies.CancelBody;
import io.infrafabric.coordinator.CoordinatorBodies.FailBody;
import io.infrafabric.coordinator.CoordinatorBodies.ReasonBody;
import io.infrafabric.coordinator.CoordinatorBodies.ReleaseBody;
import io.infrafabric.coordinator.CoordinatorBodies.RenewBody;
import io.infrafabric.coordinator.CoordinatorBodies.TaskBatchBody;
import io.infrafabric.coordinator.CoordinatorBodies.TaskBody;
import io.infrafabric.coordinator.claim.Ending;
import io.infrafabric.coordinator.claim.LeaseTable.Lease;
import io.infrafabric.coordinator.claim.ShortageTable;
import io.infrafabric.coordinator.published.Presence;
import io.infrafabric.coordinator.task.QuotaTable;
import io.infrafabric.coordinator.task.Submission;
import io.infrafabric.coordinator.task.Submission.NewTask;
import io.infrafabric.coordinator.task.Submission.Submit;
import io.infrafabric.coordinator.task.Task;
import io.infrafabric.coordinator.task.Task.State;
import io.infrafabric.coordinator.task.TaskPageTable;
import io.infrafabric.coordinator.task.TaskTable;
import io.infrafabric.coordinator.transaction.Cascade;
import io.infrafabric.coordinator.transaction.LeaseTransaction;
import io.infrafabric.coordinator.transaction.LeaseTransaction.Renewal;
import io.infrafabric.coordinator.transaction.OperateTransaction;
import io.infrafabric.coordinator.transaction.Operation;
import io.infrafabric.coordinator.transaction.SubmitTransaction;
import io.infrafabric.door.answer.Page;
import io.infrafabric.door.answer.Respond;
import io.infrafabric.door.identity.Identity;
import io.infrafabric.door.input.Paging;
import io.infrafabric.input.Check;
import io.infrafabric.input.Cursor;
import io.infrafabric.problem.Code;
import io.infrafabric.problem.Problem;
import io.quarkus.arc.properties.IfBuildProperty;
import io.quarkus.runtime.annotations.RegisterForReflection;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Pool;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.PATCH;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponseSchema;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jboss.resteasy.reactive.RestPath;
import org.jboss.resteasy.reactive.RestQuery;
import org.jboss.resteasy.reactive.RestResponse;

/** Tasks over REST: submit and read them, renew and end claims, and the operations of operators. */
@IfBuildProperty(name = "s2.build.coordinator.door", stringValue = "true", enableIfMissing = true)
@Path("/coordinator/tasks")
@Consumes(MediaType.APPLICATION_JSON)
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "coordinator")
@RegisterForReflection(targets = Cascade.class) // no signature mentions it
public class TaskResource {
    private final Identity identity;
    private final SubmitTransaction submits;
    private final QuotaTable usage;
    private final LeaseTransaction leases;
    private final OperateTransaction operations;
    private final TaskTable tasks;
    private final TaskPageTable pages;
    private final Presence presence;
    private final CoordinatorAnswers answers;
    private final Canonical canonical;
    private final Paging paging;
    private final Pool pool;
    private final CoordinatorConfig config;
    private final ChassisConfig chassis;

    public TaskResource(
            Identity identity,
            SubmitTransaction submits,
            QuotaTable usage,
            LeaseTransaction leases,
            OperateTransaction operations,
            TaskTable tasks,
            TaskPageTable pages,
            Presence presence,
            CoordinatorAnswers answers,
            ObjectMapper json,
            Paging paging,
            Pool pool,
            CoordinatorConfig config,
            ChassisConfig chassis) {
        this.identity = identity;
        this.submits = submits;
        this.usage = usage;
        this.leases = leases;
        this.operations = operations;
        this.tasks = tasks;
        this.pages = pages;
        this.presence = presence;
        this.answers = answers;
        this.canonical = new Canonical(json);
        this.paging = paging;
        this.pool = pool;
        this.config = config;
        this.chassis = chassis;
    }

    @POST
    @org.eclipse.microprofile.openapi.annotations.Operation(
            summary = "Submit a task",
            description = "Resubmitting the same id with the same body gives the task as it is (200).")
    @APIResponseSchema(Task.class)
    public Uni<RestResponse<String>> submit(TaskBody body) {
        return submit(List.of(Check.given("body", body)), false, body);
    }

    @POST
    @Path("/batch")
    @org.eclipse.microprofile.openapi.annotations.Operation(
            summary = "Submit many tasks, all or none",
            description = "They may depend on each other.")
    @APIResponseSchema(CoordinatorAnswers.Submitted.class)
    public Uni<RestResponse<String>> submitBatch(TaskBatchBody body) {
        List<TaskBody> all = Check.given("tasks", Check.given("body", body).tasks());
        if (all.size() > config.maxBatch()) {
            throw Problem.of(Code.IF_ERR_BATCH_TOO_LARGE, "At most " + config.maxBatch() + " tasks in one call.")
                    .with("field", "tasks")
                    .with("max", config.maxBatch());
        }
        if (all.isEmpty()) {
            identity.caller().mustAct();
            throw Problem.badInput("tasks", "at least one task");
        }
        return submit(Check.atMost("tasks", all, config.maxBatch()), true, body);
    }

    private Uni<RestResponse<String>> submit(List<TaskBody> bodies, boolean batch, Object body) {
        Caller caller = presence.heard(identity.caller());
        String token = identity.trace().token();
        List<NewTask> fresh = new ArrayList<>(bodies.size());
        for (int i = 0; i < bodies.size(); i++) {
            String path = batch ? "tasks[" + i + "]." : "";
            String id = bodies.get(i).id() == null ? UUID.randomUUID().toString() : null;
            NewTask task = bodies.get(i).check(path, id, canonical.hash(bodies.get(i)), token, config);
            CheckBody.mustFit(path + "check.", task.check(), chassis);
            caller.mustActIn(task.swarm());
            fresh.add(task);
        }
        mustLinkInTime(fresh);
        Submit command = new Submit(caller.by(), caller.role(), fresh, batch);
        Keep<Submission.Answer> keep = new Keep<>(identity.key(body), answers::toKeep);
        usage.mustBeInTime(command);
        return submits.submit(command, keep)
                .map(reply -> Respond.reply(reply, answer -> {
                    Idempotency.Answer accepted = answers.toKeep(answer);
                    if (accepted == null) {
                        throw CoordinatorAnswers.refusal(answer);
                    }
                    return accepted;
                }));
    }

    private void mustLinkInTime(List<NewTask> fresh) {
        int links = fresh.stream().mapToInt(task -> task.dependsOn().size()).sum();
        if (links > config.maxBatchDependencies()) {
            throw Problem.of(
                            Code.IF_ERR_TOO_MANY_DEPENDENCIES,
                            "The tasks of this call have " + links + " dependencies; at most "
                                    + config.maxBatchDependencies() + " are linked in one call.")
                    .with("field", "dependsOn")
                    .with("dependencies", links)
                    .with("max", config.maxBatchDependencies());
        }
    }

    @GET
    @org.eclipse.microprofile.openapi.annotations.Operation(summary = "List tasks, newest first")
    public Uni<Page<Task>> list(
            @RestQuery String swarm,
            @RestQuery String state,
            @RestQuery String assignee,
            @Parameter(description = "A name, a colon and a value; of several, tasks have all") @RestQuery
                    List<String> label,
            @RestQuery Integer limit,
            @RestQuery String cursor) {
        Caller caller = presence.heard(identity.caller());
        String reach = swarm == null ? caller.swarm() : Check.id("swarm", swarm);
        caller.mustRead(reach);
        int size = paging.limit(limit);
        long before = cursor == null
                ? Long.MAX_VALUE
                : Cursor.number(Cursor.decode(cursor, 1).getFirst());
        TaskPageTable.Filter filter = new TaskPageTable.Filter(
                reach,
                Check.oneOf("state", state, State.class),
                Check.id("assignee", assignee),
                LabelFilter.of("label", label));
        return pages.page(pool, filter, before, size + 1)
                .chain(rows -> ShortageTable.shown(pool, rows))
                .map(rows -> Page.of(
                        rows, size, task -> List.of(Long.toString(task.origin().seq()))));
    }

    @GET
    @Path("/{id}")
    @org.eclipse.microprofile.openapi.annotations.Operation(summary = "A task with its history")
    public Uni<Task> get(@RestPath String id) {
        Caller caller = presence.heard(identity.caller());
        return found(caller, id);
    }

    private Uni<Task> found(Caller caller, String id) {
        return tasks.show(pool, Check.id("id", id))
                .invoke(task -> {
                    if (task == null || !caller.reaches(task.swarm())) {
                        throw Problem.unknownTask(id);
                    }
                })
                .chain(task -> ShortageTable.shown(pool, List.of(task)))
                .map(List::getFirst);
    }

    @POST
    @Path("/{id}/renew")
    @org.eclipse.microprofile.openapi.annotations.Operation(summary = "Renew my lease")
    @APIResponseSchema(Task.class)
    public Uni<RestResponse<String>> renew(@RestPath String id, RenewBody body) {
        String session = session(Check.given("body", body).session());
        Lease held = new Lease(Check.id("id", id), CoordinatorBodies.epoch(body.epoch()));
        Duration lease = CoordinatorBodies.lease(body.leaseSeconds(), config);
        Keep<Renewal> keep = new Keep<>(
                identity.key(body),
                renewal -> renewal instanceof Renewal.Renewed(Task task) ? answers.rendered(200, task) : null);
        return leases.renew(session, swarm(), held, lease, keep)
                .map(reply -> Respond.reply(reply, renewal -> switch (renewal) {
                    case Renewal.Renewed(Task task) -> answers.rendered(200, task);
                    case Renewal.Lost(Ending.Answer why) -> throw CoordinatorAnswers.refusal(why, id, session);
                }));
    }

    @POST
    @Path("/{id}/fail")
    @org.eclipse.microprofile.openapi.annotations.Operation(summary = "Report that my attempt failed")
    @APIResponseSchema(CoordinatorAnswers.Ended.class)
    public Uni<RestResponse<String>> fail(@RestPath String id, FailBody body) {
        String session = session(Check.given("body", body).session());
        Ending ending = new Ending.Fail(
                Check.id("id", id),
                session,
                swarm(),
                CoordinatorBodies.epoch(body.epoch()),
                CoordinatorBodies.error(body.error()),
                CoordinatorBodies.or(body.retryable(), true),
                Check.money("cost", body.cost()));
        return end(ending, body);
    }

    @POST
    @Path("/{id}/release")
    @org.eclipse.microprofile.openapi.annotations.Operation(
            summary = "Give the task back",
            description = "The holder with its epoch; an operator with a reason. No attempt is counted.")
    @APIResponseSchema(CoordinatorAnswers.Ended.class)
    public Uni<RestResponse<String>> release(@RestPath String id, ReleaseBody body) {
        Check.given("body", body);
        Caller caller = presence.heard(identity.caller());
        if (caller.isOperator()) {
            String reason = CoordinatorBodies.reason(body.reason());
            Operation takeBack = new Operation.TakeBack(Check.id("id", id), caller.by(), reason);
            return operate(caller, takeBack, identity.key(body));
        }
        Ending ending = new Ending.Release(
                Check.id("id", id), session(body.session()), caller.swarm(), CoordinatorBodies.epoch(body.epoch()));
        return end(ending, body);
    }

    private Uni<RestResponse<String>> end(Ending ending, Object body) {
        return leases.end(ending, new Keep<>(identity.key(body), answers::toKeep))
                .map(reply -> Respond.reply(reply, answer -> {
                    Idempotency.Answer ended = answers.toKeep(answer);
                    if (ended == null) {
                        throw CoordinatorAnswers.refusal(answer, ending.task(), ending.session());
                    }
                    return ended;
                }));
    }

    @POST
    @Path("/{id}/cancel")
    @org.eclipse.microprofile.openapi.annotations.Operation(
            summary = "Cancel a task (operators)",
            description = "Its holder gets a notice, and late calls are refused. With cascade, tasks that wait for "
                    + "it, directly or not, are cancelled, too: cascade in the answer says how many the call cancelled, "
                    + "how many follow, and the id of the order (bulk) that cancels those.")
    @APIResponseSchema(CoordinatorAnswers.Cancelled.class)
    public Uni<RestResponse<String>> cancel(@RestPath String id, CancelBody body) {
        Caller caller = presence.heard(identity.caller());
        String reason = CoordinatorBodies.reason(Check.given("body", body).reason());
        boolean cascade = CoordinatorBodies.or(body.cascade(), false);
        Operation cancel = new Operation.Cancel(Check.id("id", id), caller.by(), reason, cascade);
        return operate(caller, cancel, identity.key(body));
    }

    @POST
    @Path("/{id}/retry")
    @org.eclipse.microprofile.openapi.annotations.Operation(summary = "Bring a dead or cancelled task back (operators)")
    @APIResponseSchema(Task.class)
    public Uni<RestResponse<String>> retry(@RestPath String id, ReasonBody body) {
        Caller caller = presence.heard(identity.caller());
        String reason = CoordinatorBodies.reason(Check.given("body", body).reason());
        Operation retry = new Operation.Retry(Check.id("id", id), caller.by(), reason);
        return operate(caller, retry, identity.key(body));
    }

    @PATCH
    @Path("/{id}")
    @org.eclipse.microprofile.openapi.annotations.Operation(
            summary = "Change a task that is not over (operators)",
            description = "Absent fields keep their values. title, domains and labels only while nobody holds it.")
    @APIResponseSchema(Task.class)
    public Uni<RestResponse<String>> patch(@RestPath String id, PatchBody body) {
        Caller caller = presence.heard(identity.caller());
        Check.given("body", body);
        return operate(caller, body.check(id, caller.by(), config), identity.noted(body));
    }

    private Uni<RestResponse<String>> operate(Caller caller, Operation operation, Idempotency.Key key) {
        return tasks.swarmOf(pool, operation.task())
                .invoke(swarm -> {
                    caller.mustOperate(caller.swarm());
                    if (swarm == null || !caller.reaches(swarm)) {
                        throw Problem.unknownTask(operation.task());
                    }
                })
                .chain(() -> operations.operate(operation, new Keep<>(key, answers::toKeep)))
                .map(reply -> Respond.reply(reply, outcome -> {
                    Idempotency.Answer done = answers.toKeep(outcome);
                    if (done == null) {
                        throw CoordinatorAnswers.refusal(outcome);
                    }
                    return done;
                }));
    }

    private String swarm() {
        return identity.caller().swarm();
    }

    /** The calling session; a body may name it, but no other one. */
    private String session(String named) {
        Caller caller = presence.heard(identity.caller());
        caller.mustBe(
                named == null && caller.isSession() ? caller.subject() : CoordinatorBodies.or(named, "that holds it"));
        return caller.subject();
    }
}
