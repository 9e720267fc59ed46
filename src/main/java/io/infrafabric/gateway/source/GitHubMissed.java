package io.infrafabric.gateway.source;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What GitHub's REST API lists of a repository, in the form of the deliveries that it would have been: issues, comments, failed check
 * suites and workflow runs, and merged pull requests, the oldest first. Comments and failures are read as far back as deliveries are
 * known; what is older has had its time.
 */
@ApplicationScoped
class GitHubMissed {
    private static final String BRANCHES = "refs/heads/";
    private static final Pattern ISSUE_URL = Pattern.compile(".*/issues/([0-9]{1,18})");

    private final GitHubList github;
    private final SourceConfig config;

    GitHubMissed(GitHubList github, SourceConfig config) {
        this.github = github;
        this.config = config;
    }

    /**
     * Something that happened.
     *
     * @param key by what it is known again, when it is read again
     * @param delivered by what {@link ReceivedTable#delivered} says that a delivery said it; {@code null} for what has no second
     *     effect anyway
     * @param at when it happened, as GitHub writes times; in that order it is applied
     */
    record Found(String key, String delivered, String event, String at, JsonNode body) {}

    /** A walk through the API of one repository. */
    private record Visit(String path, String token, JsonNode repository, Instant since) {
        JsonNode body(String action, String name, JsonNode what) {
            ObjectNode body = JsonNodeFactory.instance.objectNode();
            body.put("action", action);
            body.set(name, what);
            body.set("repository", repository);
            return body;
        }
    }

    /**
     * Reads all of it; nothing if one list cannot be read.
     *
     * @param repository owner and name
     * @param label of the issues; {@code null} for all
     * @param since how far back comments and failures are read
     */
    Uni<List<Found>> read(String repository, String label, Instant since, String token) {
        String path = "/repos/" + repository;
        return github.read(path, token).chain(itself -> {
            Visit visit = new Visit(path, token, itself, since);
            return Multi.createBy()
                    .concatenating()
                    .streams(
                            issues(visit, label).toMulti(),
                            comments(visit).toMulti(),
                            runs(visit).toMulti(),
                            suites(visit).toMulti(),
                            pulls(visit).toMulti())
                    .collect()
                    .asList()
                    .map(lists -> lists.stream()
                            .flatMap(List::stream)
                            .sorted(Comparator.comparing(Found::at))
                            .toList());
        });
    }

    private Uni<List<Found>> issues(Visit visit, String label) {
        String labelled = label == null ? "" : "&labels=" + encoded(label);
        return github.all(visit.path() + "/issues?state=all&sort=created&direction=asc" + labelled, visit.token())
                .map(issues -> {
                    List<Found> all = new ArrayList<>();
                    for (JsonNode issue : issues) {
                        if (!issue.has("pull_request")) {
                            all.add(issue(visit, issue));
                        }
                    }
                    return all;
                });
    }

    private static Found issue(Visit visit, JsonNode issue) {
        boolean open = "open".equals(text(issue, "state"));
        String action = open ? "labeled" : "closed";
        String id = text(issue, "id");
        return new Found(
                "resync:issue:" + id + ":" + action + ":" + text(issue, "updated_at"),
                open ? null : "closed:" + id + ":" + text(issue, "closed_at"),
                "issues",
                text(issue, open ? "created_at" : "closed_at"),
                visit.body(action, "issue", issue));
    }

    private Uni<List<Found>> comments(Visit visit) {
        String path = visit.path() + "/issues/comments?sort=created&direction=desc&since=" + visit.since();
        return github.all(path, visit.token()).map(comments -> {
            List<Found> all = new ArrayList<>();
            for (JsonNode comment : comments) {
                Matcher issue = ISSUE_URL.matcher(text(comment, "issue_url"));
                if (issue.matches()) {
                    ObjectNode body = (ObjectNode) visit.body("created", "comment", comment);
                    body.putObject("issue").put("number", Long.parseLong(issue.group(1)));
                    String id = text(comment, "id");
                    all.add(new Found(
                            "resync:comment:" + id,
                            "comment:" + id,
                            "issue_comment",
                            text(comment, "created_at"),
                            body));
                }
            }
            return all;
        });
    }

    private Uni<List<Found>> runs(Visit visit) {
        String path = visit.path() + "/actions/runs?status=failure&created=" + encoded(">=" + visit.since());
        return github.all(path, visit.token(), "workflow_runs")
                .map(runs -> runs.stream()
                        .map(run -> new Found(
                                "resync:run:" + text(run, "id") + ":" + text(run, "run_attempt"),
                                null,
                                "workflow_run",
                                text(run, "created_at"),
                                visit.body("completed", "workflow_run", run)))
                        .toList());
    }

    /** Check suites are listed by commit only: those of the newest commit of each branch that may name a task. */
    private Uni<List<Found>> suites(Visit visit) {
        return github.all(visit.path() + "/git/matching-refs/heads/" + GitHubRule.BRANCH + "?", visit.token())
                .chain(refs -> {
                    Map<String, String> branches = new HashMap<>();
                    for (JsonNode ref : refs) {
                        if (branches.size() < config.sourceResyncBranches()
                                && text(ref, "ref").startsWith(BRANCHES)) {
                            branches.put(
                                    text(ref, "ref").substring(BRANCHES.length()), text(ref.path("object"), "sha"));
                        }
                    }
                    return Multi.createFrom()
                            .iterable(branches.entrySet())
                            .onItem()
                            .transformToUniAndConcatenate(branch -> suites(visit, branch.getKey(), branch.getValue()))
                            .collect()
                            .asList()
                            .map(lists -> lists.stream().flatMap(List::stream).toList());
                });
    }

    private Uni<List<Found>> suites(Visit visit, String branch, String commit) {
        String path = visit.path() + "/commits/" + encoded(commit) + "/check-suites?";
        return github.all(path, visit.token(), "check_suites")
                .map(suites -> suites.stream()
                        .filter(suite -> branch.equals(text(suite, "head_branch")))
                        .filter(suite -> "failure".equals(text(suite, "conclusion")))
                        .map(suite -> new Found(
                                "resync:suite:" + text(suite, "id") + ":" + text(suite, "updated_at"),
                                null,
                                "check_suite",
                                text(suite, "created_at"),
                                visit.body("completed", "check_suite", suite)))
                        .toList());
    }

    private Uni<List<Found>> pulls(Visit visit) {
        return github.all(visit.path() + "/pulls?state=closed&sort=updated&direction=desc", visit.token())
                .map(pulls -> {
                    List<Found> all = new ArrayList<>();
                    for (JsonNode pull : pulls) {
                        if (pull.hasNonNull("merged_at") && pull instanceof ObjectNode request) {
                            request.put("merged", true);
                            all.add(new Found(
                                    "resync:pull:" + text(pull, "id"),
                                    null,
                                    "pull_request",
                                    text(pull, "merged_at"),
                                    visit.body("closed", "pull_request", pull)));
                        }
                    }
                    return all;
                });
    }

    private static String text(JsonNode of, String member) {
        return of.path(member).asText("");
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }
}
