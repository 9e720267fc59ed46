package io.infrafabric.gateway.source;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What GitHub's deliveries mean, without writing a rule for each.
 *
 * <ul>
 *   <li>An issue that is opened with the label, or gets it, is a task {@code gh.{owner}.{repo}.{number}}.
 *   <li>A pull request that is merged completes the task that its branch names ({@code s2/{task}} or {@code s2/{task}/{epoch}}), or a
 *       line {@code S2: {task}} of its text.
 *   <li>A check suite or a workflow that fails on such a branch fails the task, with the link; another attempt may do better.
 *   <li>An issue that is closed cancels its task. A merged pull request may have closed it ({@code Closes #12}), and GitHub often
 *       says that first; so a task that somebody holds is cancelled a while later, unless the pull request has completed it. One
 *       that is closed as not planned, or as a duplicate, is cancelled at once.
 *   <li>A comment {@code /s2 retry} or {@code /s2 cancel} by an owner, member or collaborator does that.
 * </ul>
 *
 * @param label the one that makes an issue a task
 */
record GitHubRule(String label) implements SourceRule {
    static final String LABEL = "s2";

    private static final String NAME = "github";
    static final String BRANCH = "s2/";
    private static final int LONGEST_ID = 128;
    private static final int LONGEST_BODY = 16_000;
    private static final Set<String> GIVEN_UP = Set.of("not_planned", "duplicate");
    private static final Set<String> TRUSTED = Set.of("OWNER", "MEMBER", "COLLABORATOR");
    private static final Pattern NAMED_IN_BODY =
            Pattern.compile("^[ \\t]*S2:[ \\t]*([A-Za-z0-9][A-Za-z0-9._-]{0,127})[ \\t]*\\r?$", Pattern.MULTILINE);
    private static final Pattern ID = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,127}");
    private static final Pattern EPOCH = Pattern.compile("[0-9]{1,18}");
    private static final Pattern COMMAND = Pattern.compile("/s2[ \\t]+(retry|cancel)[ \\t]*(?:\\R.*)?", Pattern.DOTALL);

    /** A task, and the epoch of its claim, {@code null} for none. */
    private record Named(String task, Long epoch) {}

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public RuleOutcome on(Occurrence seen) {
        String event = seen.event() == null ? "" : seen.event();
        String action = seen.body().path("action").asText("");
        try {
            return switch (event + "." + action) {
                case "issues.opened", "issues.labeled" -> issue(seen);
                case "issues.closed" -> closed(seen);
                case "pull_request.closed" -> merged(seen);
                case "check_suite.completed" -> failed(seen, seen.body().path("check_suite"), "The check suite");
                case "workflow_run.completed" ->
                    failed(seen, seen.body().path("workflow_run"), "The workflow " + workflow(seen));
                case "issue_comment.created" -> commented(seen);
                default -> passed("The preset has nothing for " + event + (action.isEmpty() ? "" : "." + action) + ".");
            };
        } catch (Template.NoValue missing) {
            return new RuleOutcome.Fails(NAME, missing.getMessage());
        }
    }

    private static RuleOutcome passed(String why) {
        return new RuleOutcome.Passed(NAME, why);
    }

    private static RuleOutcome fires(SourceAction action) {
        return new RuleOutcome.Fires(NAME, action);
    }

    /** A label that is added to an issue that has the right one already brings the task up to date. */
    private RuleOutcome issue(Occurrence seen) throws Template.NoValue {
        JsonNode issue = seen.body().path("issue");
        List<String> labels = new ArrayList<>();
        issue.path("labels").forEach(one -> labels.add(one.path("name").asText("")));
        return labels.contains(label)
                ? fires(task(seen, issue, labels))
                : passed("The issue does not have the label " + label + ".");
    }

    /** The task of an issue, of which the repository stands beside it. */
    SourceAction task(Occurrence seen, JsonNode issue, List<String> labels) throws Template.NoValue {
        JsonNode repository = seen.body().path("repository");
        String id = id(repository, issue);
        ObjectNode data = JsonNodeFactory.instance.objectNode();
        data.put("url", text(issue, "html_url"));
        data.put("repository", text(repository, "full_name"));
        data.put("number", issue.path("number").asLong());
        data.put("author", issue.path("user").path("login").asText(null));
        data.put("title", ExternalText.kept(text(issue, "title"), ExternalText.TITLE));
        data.put("body", ExternalText.kept(issue.path("body").asText(""), LONGEST_BODY));
        Map<String, String> itsLabels = new LinkedHashMap<>();
        itsLabels.put("source", seen.source());
        return new SourceAction.Submit(
                id,
                ExternalText.title(text(issue, "title")),
                ExternalText.domains(
                        labels.stream().filter(one -> !one.equals(label)).toList()),
                itsLabels,
                null,
                ExternalText.data(seen, data),
                true);
    }

    /** Owners have no dot in their names, so no two issues have one id. */
    private static String id(JsonNode repository, JsonNode issue) throws Template.NoValue {
        String owner = text(repository.path("owner"), "login");
        JsonNode number = issue.path("number");
        if (!number.isIntegralNumber()) {
            throw new Template.NoValue("The issue has no number.");
        }
        String id = "gh." + owner + "." + text(repository, "name") + "." + number.asText();
        return id.length() <= LONGEST_ID ? id : "gh." + owner + "." + text(repository, "id") + "." + number.asText();
    }

    private static RuleOutcome closed(Occurrence seen) throws Template.NoValue {
        JsonNode issue = seen.body().path("issue");
        return fires(new SourceAction.Cancel(
                id(seen.body().path("repository"), issue),
                "The issue was closed: " + text(issue, "html_url"),
                !GIVEN_UP.contains(issue.path("state_reason").asText(""))));
    }

    private static RuleOutcome merged(Occurrence seen) throws Template.NoValue {
        JsonNode request = seen.body().path("pull_request");
        if (!request.path("merged").asBoolean()) {
            return passed("The pull request was closed without being merged.");
        }
        Named named = named(request.path("head").path("ref").asText(""));
        if (named == null) {
            Matcher line = NAMED_IN_BODY.matcher(request.path("body").asText(""));
            named = line.find() ? new Named(line.group(1), null) : null;
        }
        if (named == null) {
            return passed("Neither its branch (s2/{task}) nor a line of its text (S2: {task}) names a task.");
        }
        ObjectNode data = JsonNodeFactory.instance.objectNode();
        data.put("url", text(request, "html_url"));
        data.put("commit", request.path("merge_commit_sha").asText(null));
        return fires(new SourceAction.Complete(
                named.task(), named.epoch(), time(text(request, "merged_at")), ExternalText.data(seen, data)));
    }

    /**
     * What failed happened when the run was made: a run that is repeated for an earlier holder must not fail the next one. A branch of
     * a fork belongs to somebody else.
     */
    private static RuleOutcome failed(Occurrence seen, JsonNode run, String what) throws Template.NoValue {
        if (!"failure".equals(run.path("conclusion").asText(""))) {
            return passed("Its conclusion is " + run.path("conclusion") + ", not failure.");
        }
        JsonNode from = run.path("head_repository").path("id");
        if (from.isNumber()
                && from.asLong() != seen.body().path("repository").path("id").asLong()) {
            return passed("Its branch is of another repository.");
        }
        Named named = named(run.path("head_branch").asText(""));
        if (named == null) {
            return passed("Its branch does not name a task (s2/{task}).");
        }
        String link = run.hasNonNull("html_url")
                ? text(run, "html_url")
                : text(seen.body().path("repository"), "html_url") + "/commit/" + text(run, "head_sha") + "/checks";
        return fires(new SourceAction.Fail(
                named.task(),
                named.epoch(),
                time(text(run, "created_at")),
                ExternalText.text(what + " failed: " + link)));
    }

    private static String workflow(Occurrence seen) {
        return ExternalText.shown(seen.body().path("workflow_run").path("name").asText(""));
    }

    private static RuleOutcome commented(Occurrence seen) throws Template.NoValue {
        JsonNode comment = seen.body().path("comment");
        Matcher command = COMMAND.matcher(comment.path("body").asText("").strip());
        if (!command.matches()) {
            return passed("The comment does not begin with /s2 retry or /s2 cancel.");
        }
        String role = comment.path("author_association").asText("NONE");
        if (!TRUSTED.contains(role.toUpperCase(Locale.ROOT))) {
            return passed("Its author is " + role + ", and none of OWNER, MEMBER and COLLABORATOR.");
        }
        String id = id(seen.body().path("repository"), seen.body().path("issue"));
        String reason = "Asked for by " + comment.path("user").path("login").asText("somebody") + ": "
                + text(comment, "html_url");
        return fires(
                command.group(1).equals("retry")
                        ? new SourceAction.Retry(id, ExternalText.text(reason))
                        : new SourceAction.Cancel(id, ExternalText.text(reason), false));
    }

    /** What a branch names; {@code null} for another branch. */
    private static Named named(String branch) {
        if (!branch.startsWith(BRANCH)) {
            return null;
        }
        String[] parts = branch.substring(BRANCH.length()).split("/", -1);
        boolean task = ID.matcher(parts[0]).matches();
        if (parts.length == 1 && task) {
            return new Named(parts[0], null);
        }
        return parts.length == 2 && task && EPOCH.matcher(parts[1]).matches()
                ? new Named(parts[0], Long.valueOf(parts[1]))
                : null;
    }

    private static Instant time(String text) throws Template.NoValue {
        try {
            return java.time.OffsetDateTime.parse(text).toInstant();
        } catch (DateTimeException _) {
            throw new Template.NoValue(ExternalText.shown(text) + " is no time.");
        }
    }

    private static String text(JsonNode of, String member) throws Template.NoValue {
        JsonNode value = of.path(member);
        if (!value.isValueNode() || value.isNull() || value.isMissingNode()) {
            throw new Template.NoValue("The delivery has no " + member + " where GitHub puts it.");
        }
        return value.asText();
    }
}
